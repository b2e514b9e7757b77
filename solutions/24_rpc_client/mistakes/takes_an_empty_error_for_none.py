"""correctness: raises an error only if its text is not empty."""

import asyncio
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
        self._calls: dict[int, asyncio.Future[Any]] = {}
        self._ended = False
        self._listening = asyncio.create_task(self._listen())

    @property
    def pending(self) -> int:
        """How many calls wait for their answers."""
        return len(self._calls)

    async def call(self, method: str, params: Any, *, timeout: float) -> Any:
        """The result of `method`, for which the server has `timeout` seconds."""
        if self._ended:
            raise ConnectionError("The connection has ended.")
        number = next(self._ids)
        future = self._calls[number] = asyncio.get_running_loop().create_future()
        try:
            request = {"id": number, "method": method, "params": params}
            self._writer.write(json.dumps(request).encode() + b"\n")
            async with asyncio.timeout(timeout):
                return await future
        finally:
            del self._calls[number]

    async def aclose(self) -> None:
        """Close the connection; calls that wait fail with `ConnectionError`."""
        self._listening.cancel()
        await asyncio.wait([self._listening])
        self._writer.close()

    async def _listen(self) -> None:
        try:
            while True:
                message = json.loads(await self._reader.readuntil())
                future = self._calls.get(message.get("id"))
                if future is None or future.done():
                    continue
                if error := message.get("error"):
                    future.set_exception(RpcError(error))
                else:
                    future.set_result(message.get("result"))
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._ended = True
            for future in self._calls.values():
                if not future.done():
                    future.set_exception(ConnectionError("The connection has ended."))
