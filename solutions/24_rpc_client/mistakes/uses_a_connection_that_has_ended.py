"""correctness: sends a new call though the server has ended the connection."""

import asyncio
import contextlib
import itertools
import json
from typing import Any


class RpcError(Exception):
    """The server has answered with an error."""


class RpcClient:
    """Calls methods of a server over one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._ids = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._reading = asyncio.create_task(self._read())

    @property
    def pending(self) -> int:
        """How many calls wait for their answers."""
        return len(self._answers)

    async def call(self, method: str, params: Any, *, timeout: float) -> Any:
        """The result of `method`, for which the server has `timeout` seconds."""
        request_id = next(self._ids)
        answer = self._answers[request_id] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(timeout):
                request = {"id": request_id, "method": method, "params": params}
                self._writer.write(json.dumps(request).encode() + b"\n")
                return await answer
        finally:
            del self._answers[request_id]

    async def _read(self) -> None:
        """Pass answers on until the connection ends; then fail the calls that still wait."""
        try:
            async for line in self._reader:
                if line.endswith(b"\n"):
                    self._take(json.loads(line))
        except ConnectionError:
            pass
        self._fail_all("the server has ended the connection")

    def _take(self, message: dict[str, Any]) -> None:
        answer = self._answers.get(message.get("id"))
        if answer is None or answer.done():
            return
        if "error" in message:
            answer.set_exception(RpcError(message["error"]))
        else:
            answer.set_result(message["result"])

    def _fail_all(self, reason: str) -> None:
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(ConnectionError(reason))

    async def aclose(self) -> None:
        """Close the connection; calls that wait fail with `ConnectionError`."""
        self._reading.cancel()
        await asyncio.wait([self._reading])
        self._fail_all("the client has been closed")
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()
