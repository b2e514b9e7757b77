"""A call is a Future of its own class, with a timer; no coroutine has a time limit."""

import asyncio
import itertools
import json
from typing import Any


class RpcError(Exception):
    """The server has answered with an error."""


class Call(asyncio.Future[Any]):
    """What one call waits for: its answer, its time limit, or the end of the connection."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        timer = self.get_loop().call_later(seconds, self.fail, TimeoutError())
        self.add_done_callback(lambda _: timer.cancel())

    def take(self, message: dict[str, Any]) -> None:
        """End with an answer."""
        if "error" in message:
            self.fail(RpcError(message["error"]))
        elif not self.done():
            self.set_result(message["result"])

    def fail(self, error: Exception) -> None:
        """End with `error`, unless it has ended."""
        if not self.done():
            self.set_exception(error)


class RpcClient:
    """Calls methods of a server over one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._serials = itertools.count()
        self._calls: dict[str, Call] = {}
        self._end: ConnectionError | None = None
        self._receiving = asyncio.ensure_future(self._receive())
        self._receiving.add_done_callback(self._fail_all)

    @property
    def pending(self) -> int:
        """How many calls wait for their answers."""
        return sum(not call.done() for call in self._calls.values())

    async def call(self, method: str, params: Any, *, timeout: float) -> Any:
        """The result of `method`, for which the server has `timeout` seconds."""
        if self._end is not None:
            raise self._end
        name = f"{method}/{next(self._serials)}"
        self._calls[name] = call = Call(timeout)
        call.add_done_callback(lambda _: self._calls.pop(name))
        self._writer.write(f"{json.dumps({'method': method, 'params': params, 'id': name})}\n".encode())
        return await call

    async def aclose(self) -> None:
        """Close the connection; calls that wait fail with `ConnectionError`."""
        self._writer.close()
        self._receiving.cancel()
        await asyncio.wait([self._receiving])

    async def _receive(self) -> None:
        """Give each answer to its call, until the connection ends."""
        async for line in self._reader:
            if line.endswith(b"\n"):
                message = json.loads(line)
                if call := self._calls.get(message.get("id")):
                    call.take(message)

    def _fail_all(self, receiving: asyncio.Future[None]) -> None:
        if not receiving.cancelled():
            receiving.exception()  # a broken connection is the calls' concern, below
        self._end = ConnectionError("The connection has ended.")
        for call in list(self._calls.values()):
            call.fail(self._end)
