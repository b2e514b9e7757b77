"""One task is the room: the connections send it events, and nothing else touches the list of members."""

import asyncio
import contextlib
import enum
from typing import NamedTuple

#: The bytes of the longest line that a client may send.
MAX_LINE = 1024

#: The bytes that may wait in the server for one client.
MAX_WAITING = 64 * 1024


class What(enum.Enum):
    """What can happen in a room."""

    CAME = "* {name} joined\n"
    SAID = "{name}: {words}"
    LEFT = "* {name} left\n"
    CLOSES = "* bye\n"


class Event(NamedTuple):
    """Something that has happened, and to whom."""

    what: What
    writer: asyncio.StreamWriter | None = None
    name: str = ""
    words: str = ""


class ChatServer:
    """A chat room on a TCP port."""

    def __init__(self) -> None:
        self._writers: set[asyncio.StreamWriter] = set()
        self._members: set[asyncio.StreamWriter] = set()
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def clients(self) -> int:
        """How many clients are in the room."""
        return len(self._members)

    async def start(self, host: str, port: int) -> None:
        """Open the room at `host` and `port`."""
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self._room = asyncio.create_task(self._run())
        self._server = await asyncio.start_server(self._welcome, host, port, limit=MAX_LINE)

    async def stop(self, grace: float) -> None:
        """Say goodbye and close every connection, within `grace` seconds."""
        self._events.put_nowait(Event(What.CLOSES))
        self._server.close()
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(grace):
                    await self._room
                    while self._connections:
                        await asyncio.wait(self._connections)
        finally:
            for writer in self._writers:
                writer.transport.abort()
            await asyncio.gather(self._room, *self._connections, return_exceptions=True)
            self._members.clear()

    async def _run(self) -> None:
        """Let events happen, up to the goodbye."""
        event = Event(What.SAID)
        while event.what is not What.CLOSES:
            event = await self._events.get()
            if event.what is What.LEFT:
                self._members.discard(event.writer)
            line = event.what.value.format(name=event.name, words=event.words).encode()
            for member in self._members - {event.writer}:
                member.write(line)
                if member.transport.get_write_buffer_size() > MAX_WAITING:
                    member.transport.abort()
            if event.what is What.CAME:
                self._members.add(event.writer)
        for writer in self._writers:
            writer.close()

    def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        connection = asyncio.create_task(self._listen(reader, writer))
        self._connections.add(connection)
        connection.add_done_callback(self._connections.discard)

    async def _listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Tell the room of what a connection brings."""
        name = ""
        try:
            name = (await reader.readuntil()).decode()[:-1]
            self._events.put_nowait(Event(What.CAME, writer, name))
            while True:
                self._events.put_nowait(Event(What.SAID, writer, name, (await reader.readuntil()).decode()))
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
            pass
        finally:
            if name:
                self._events.put_nowait(Event(What.LEFT, writer, name))
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
            self._writers.discard(writer)
