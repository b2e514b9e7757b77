"""A task group owns two tasks, one that reads answers, and one that sends what lies in a queue."""

import asyncio
import contextlib
import json
from dataclasses import dataclass, field


class RpcError(Exception):
    pass


class ConnectionEnded(ConnectionError):
    pass


@dataclass
class Call:
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    message: dict | None = None


class RpcClient:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._outbox: asyncio.Queue[dict] = asyncio.Queue()
        self._calls: dict[int, Call] = {}
        self._last_id = 0
        self._open = True
        self._running = asyncio.create_task(self._run())

    @property
    def pending(self) -> int:
        return len(self._calls)

    async def _run(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._read())
                group.create_task(self._write())
        except* ConnectionError:
            pass
        finally:
            self._hang_up()

    def _hang_up(self) -> None:
        self._open = False
        for call in self._calls.values():
            call.answered.set()

    async def _read(self) -> None:
        while (line := await self._reader.readline())[-1:] == b"\n":
            message = json.loads(line)
            with contextlib.suppress(KeyError):
                call = self._calls[message["id"]]
                call.message = message
                call.answered.set()
        raise ConnectionEnded

    async def _write(self) -> None:
        while True:
            request = await self._outbox.get()
            self._writer.write(json.dumps(request).encode() + b"\n")
            await self._writer.drain()

    async def call(self, method, params, *, timeout):
        if not self._open:
            raise ConnectionEnded("the connection has ended")
        self._last_id += 1
        request_id = self._last_id
        call = self._calls[request_id] = Call()
        try:
            async with asyncio.timeout(timeout):
                await self._outbox.put({"id": request_id, "method": method, "params": params})
                await call.answered.wait()
        finally:
            del self._calls[request_id]
        match call.message:
            case None:
                raise ConnectionEnded("the connection has ended")
            case {"error": error}:
                raise RpcError(error)
            case {"result": result}:
                return result

    async def aclose(self) -> None:
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)
        self._hang_up()
        self._writer.close()
