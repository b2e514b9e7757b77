"""cancellation: waits for each next line for `timeout` seconds, so that answers to others put off the end."""

import asyncio
import json
from typing import Any


class RpcError(Exception):
    """The server has answered with an error."""


class RpcClient:
    """Calls methods of a server over one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._last = 0
        self._waiting: set[int] = set()
        self._answers: dict[int, dict[str, Any]] = {}
        self._news = asyncio.Event()
        self._ended = False
        self._listening = asyncio.create_task(self._listen())

    @property
    def pending(self) -> int:
        """How many calls wait for their answers."""
        return len(self._waiting)

    async def call(self, method: str, params: Any, *, timeout: float) -> Any:
        """The result of `method`, for which the server has `timeout` seconds."""
        if self._ended:
            raise ConnectionError("The connection has ended.")
        self._last += 1
        number = self._last
        self._waiting.add(number)
        try:
            request = {"id": number, "method": method, "params": params}
            self._writer.write(json.dumps(request).encode() + b"\n")
            while number not in self._answers:
                if self._ended:
                    raise ConnectionError("The connection has ended.")
                await asyncio.wait_for(self._news.wait(), timeout)
            answer = self._answers[number]
        finally:
            self._waiting.remove(number)
            self._answers.pop(number, None)
        if "error" in answer:
            raise RpcError(answer["error"])
        return answer["result"]

    async def aclose(self) -> None:
        """Close the connection; calls that wait fail with `ConnectionError`."""
        self._listening.cancel()
        await asyncio.wait([self._listening])
        self._writer.close()

    def _tell(self) -> None:
        """Wake all calls, and let them wait for the next news."""
        self._news.set()
        self._news = asyncio.Event()

    async def _listen(self) -> None:
        try:
            while True:
                message = json.loads(await self._reader.readuntil())
                if message.get("id") in self._waiting:
                    self._answers[message["id"]] = message
                self._tell()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._ended = True
            self._tell()
