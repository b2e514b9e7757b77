"""No task while nobody waits: the calls that wait share a task that reads one line."""

import asyncio
import contextlib
import json
import uuid
from typing import Any


class RpcError(Exception):
    """The server has answered with an error."""


class RpcClient:
    """Calls methods of a server over one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._waiting: set[str] = set()
        self._answers: dict[str, dict[str, Any]] = {}
        self._reading: asyncio.Task[None] | None = None
        self._ended = False

    @property
    def pending(self) -> int:
        """How many calls wait for their answers."""
        return len(self._waiting)

    async def call(self, method: str, params: Any, *, timeout: float) -> Any:
        """The result of `method`, for which the server has `timeout` seconds."""
        if self._ended or self._reader.at_eof():
            raise ConnectionError("The connection has ended.")
        name = uuid.uuid4().hex
        self._waiting.add(name)
        try:
            async with asyncio.timeout(timeout):
                request = json.dumps({"params": params, "method": method, "id": name})
                self._writer.writelines([request.encode(), b"\n"])
                while name not in self._answers:
                    await self._next_line()
            answer = self._answers[name]
        finally:
            self._waiting.remove(name)
            self._answers.pop(name, None)
        if "error" in answer:
            raise RpcError(answer["error"])
        return answer["result"]

    async def aclose(self) -> None:
        """Close the connection; calls that wait fail with `ConnectionError`."""
        self._ended = True
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait([self._reading])
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()

    async def _next_line(self) -> None:
        """Wait until one line more has been read, by whomever."""
        if self._ended:
            raise ConnectionError("The connection has ended.")
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read_line())
        await asyncio.wait([self._reading])

    async def _read_line(self) -> None:
        try:
            line = await self._reader.readuntil(b"\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            self._ended = True
            return
        message = json.loads(line)
        if message.get("id") in self._waiting:
            self._answers[message["id"]] = message
