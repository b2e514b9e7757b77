"""The conversation is a chain of futures, along which each client walks at its own pace."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

#: The bytes of the longest line that a client may send.
MAX_LINE = 1024

#: The bytes that may wait in the server for one client.
MAX_WAITING = 64 * 1024


@dataclass
class Link:
    """A place in the conversation: what is said there, by whom, and the place after it."""

    said: asyncio.Future[tuple[bytes, "Member | None", "Link"]] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


@dataclass(eq=False)
class Member:
    """A client in the room."""

    name: bytes
    writer: asyncio.StreamWriter
    waiting: int = 0


class ChatServer:
    """A chat room on a TCP port."""

    def __init__(self) -> None:
        self._members: set[Member] = set()
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._strangers: set[asyncio.Task[Any]] = set()
        self._closed = False

    @property
    def clients(self) -> int:
        """How many clients are in the room."""
        return len(self._members)

    async def start(self, host: str, port: int) -> None:
        """Open the room at `host` and `port`."""
        self._end = Link()
        self._server = await asyncio.start_server(self._accept, host, port, limit=MAX_LINE)

    async def stop(self, grace: float) -> None:
        """Say goodbye and close every connection, within `grace` seconds."""
        self._server.close()
        self._say(b"* bye\n", None)
        self._closed = True
        for stranger in self._strangers:
            stranger.cancel()
        try:
            if self._connections:
                await asyncio.wait(self._connections, timeout=grace)
        finally:
            left = dict(self._connections)
            for connection, writer in left.items():
                writer.transport.abort()
                connection.cancel()
            await asyncio.gather(*left, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.create_task(self._serve(reader, writer))
        self._connections[connection] = writer
        self._strangers.add(connection)
        connection.add_done_callback(self._connections.pop)
        connection.add_done_callback(self._strangers.discard)

    def _say(self, line: bytes, author: Member | None) -> None:
        """Add `line` to the conversation, and drop those for whom too much waits."""
        if self._closed:
            return
        link, self._end = self._end, Link()
        link.said.set_result((line, author, self._end))
        for member in self._members - {author}:
            member.waiting += len(line)
            if member.waiting > MAX_WAITING + 2**11:
                member.writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection from its first line to its end."""
        try:
            name = await reader.readuntil()
            self._strangers.discard(asyncio.current_task())
            await self._host(Member(name[:-1], writer), reader)
        except (OSError, EOFError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    async def _host(self, member: Member, reader: asyncio.StreamReader) -> None:
        """Serve `member` until it leaves or the room closes."""
        member.writer.transport.set_write_buffer_limits(0)
        self._say(b"* " + member.name + b" joined\n", member)
        self._members.add(member)
        halves = [
            asyncio.create_task(self._listen(member, reader)),
            asyncio.create_task(self._talk(member, self._end)),
        ]
        try:
            await asyncio.wait(halves, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for half in halves:
                half.cancel()
            self._members.remove(member)
            self._say(b"* " + member.name + b" left\n", member)
            await asyncio.gather(*halves, return_exceptions=True)

    async def _listen(self, member: Member, reader: asyncio.StreamReader) -> None:
        """Say what `member` says."""
        while True:
            self._say(member.name + b": " + await reader.readuntil(), member)

    async def _talk(self, member: Member, link: Link) -> None:
        """Send the conversation from `link` on to `member`, up to the goodbye."""
        line = b""
        while line != b"* bye\n":
            line, author, link = await asyncio.shield(link.said)  # one reader who leaves must not cancel it for all
            if author is member:
                continue
            member.writer.write(line)
            await member.writer.drain()
            member.waiting -= len(line)
