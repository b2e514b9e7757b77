"""Each client has a queue with limited room, and a task that empties it; whose queue is full is dropped."""

import asyncio
import contextlib

MAX_LINE = 1024
MAX_LINES_WAITING = 50
NEWLINE = "\n"


class Member:
    def __init__(self, name: str, writer: asyncio.StreamWriter) -> None:
        self.name = name
        self.writer = writer
        self.lines: asyncio.Queue[bytes | None] = asyncio.Queue(MAX_LINES_WAITING)
        self.sender = asyncio.create_task(self._send())

    def tell(self, line: bytes | None) -> None:
        try:
            self.lines.put_nowait(line)
        except asyncio.QueueFull:
            self.writer.transport.abort()

    async def _send(self) -> None:
        with contextlib.suppress(ConnectionError):
            while line := await self.lines.get():
                self.writer.write(line)
                await self.writer.drain()
        self.writer.close()


class ChatServer:
    def __init__(self) -> None:
        self._members: set[Member] = set()
        self._handlers: dict[asyncio.Task, asyncio.StreamWriter] = {}
        self._stopping = False

    @property
    def clients(self) -> int:
        return len(self._members)

    async def start(self, host: str, port: int) -> None:
        self._server = await asyncio.start_server(self._handle, host, port, limit=MAX_LINE)

    async def stop(self, grace: float) -> None:
        self._stopping = True
        self._server.close()
        named = {member.writer for member in self._members}
        for writer in self._handlers.values():
            if writer not in named:
                writer.close()
        for member in list(self._members):
            member.tell(b"* bye\n")
            member.tell(None)
        try:
            async with asyncio.timeout(grace):
                while self._handlers:
                    await asyncio.wait(list(self._handlers))
        except TimeoutError:
            pass
        finally:
            for writer in self._handlers.values():
                writer.transport.abort()
            if self._handlers:
                await asyncio.wait(list(self._handlers))

    def _broadcast(self, text: str, author: Member) -> None:
        if self._stopping:
            return
        for member in self._members - {author}:
            member.tell(text.encode() + b"\n")

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self._handlers[task] = writer
        try:
            await self._talk(reader, writer)
        except (ValueError, ConnectionError):
            pass
        finally:
            writer.close()
            try:
                await writer.wait_closed()
            except ConnectionError:
                pass
            del self._handlers[task]

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        name = (await reader.readline()).decode().strip()
        if not name or self._stopping:
            return
        member = Member(name, writer)
        self._members.add(member)
        self._broadcast(f"* {name} joined", member)
        try:
            async for line in reader:
                self._broadcast(f"{name}: {line.decode().removesuffix(NEWLINE)}", member)
        finally:
            self._members.remove(member)
            member.sender.cancel()
            self._broadcast(f"* {name} left", member)
