"""concurrency: each call reads the next line itself, whoever it is for."""

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
        self._ended = False
        self._lock = asyncio.Lock()

    @property
    def pending(self) -> int:
        """How many calls wait for their answers."""
        return len(self._answers)

    async def call(self, method: str, params: Any, *, timeout: float) -> Any:
        """The result of `method`, for which the server has `timeout` seconds."""
        if self._ended or self._reader.at_eof():
            raise ConnectionError("the connection has ended")
        request_id = next(self._ids)
        answer = self._answers[request_id] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(timeout):
                request = {"id": request_id, "method": method, "params": params}
                self._writer.write(json.dumps(request).encode() + b"\n")
                async with self._lock:
                    line = await self._reader.readline()
                if not line.endswith(b"\n"):
                    self._ended = True
                    self._fail_all("the server has ended the connection")
                else:
                    message = json.loads(line)
                    if "error" in message:
                        raise RpcError(message["error"])
                    return message["result"]
                return await answer
        finally:
            del self._answers[request_id]

    def _fail_all(self, reason: str) -> None:
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(ConnectionError(reason))

    async def aclose(self) -> None:
        """Close the connection; calls that wait fail with `ConnectionError`."""
        self._fail_all("the client has been closed")
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()
