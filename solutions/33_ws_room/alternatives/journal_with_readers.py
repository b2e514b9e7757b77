"""A journal of all that happens, which each client reads at its own pace by an asynchronous generator."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

#: The entries that a client may be behind.
MOST = 100


@dataclass(eq=False)
class Reader:
    """A client: how many entries of the journal wait for it, and what disconnects it."""

    request: web.Request
    waiting: int = 0

    @property
    def name(self) -> str:
        return self.request.query["name"]

    def disconnect(self) -> None:
        """End the connection at once."""
        if self.request.transport is not None:
            self.request.transport.abort()


@dataclass
class Entry:
    """An entry of the journal: for whom it is, and the entry after it."""

    readers: frozenset[Reader] = frozenset()
    message: dict[str, Any] = field(default_factory=dict)
    following: "Entry | None" = None
    written: asyncio.Event = field(default_factory=asyncio.Event)


class Journal:
    """All that happens in the room."""

    def __init__(self) -> None:
        self.present: dict[Reader, web.WebSocketResponse] = {}
        self._blank: Entry | None = None

    def blank(self) -> Entry:
        """The entry that will be written next."""
        if self._blank is None:
            self._blank = Entry()
        return self._blank

    def write(self, readers: set[Reader], **message: Any) -> None:
        """Write an entry for some of the clients."""
        entry, self._blank = self.blank(), Entry()
        entry.readers, entry.message, entry.following = frozenset(readers), message, self._blank
        entry.written.set()
        for reader in readers:
            reader.waiting += 1
            if reader.waiting > MOST:
                reader.disconnect()

    async def read(self, reader: Reader, entry: Entry) -> AsyncIterator[dict[str, Any]]:
        """The messages for a client, beginning with `entry`."""
        while True:
            await entry.written.wait()
            if reader in entry.readers:
                reader.waiting -= 1
                yield entry.message
            assert entry.following is not None
            entry = entry.following


def understood(text: str) -> dict[str, Any]:
    """What a client says, or an empty message if it makes no sense."""
    try:
        message = json.loads(text)
    except json.JSONDecodeError:
        return {}
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        return {}
    if message["type"] == "say" and not isinstance(message.get("text"), str):
        return {}
    return message


def make_app() -> web.Application:
    """An application with one room, at `/ws?name=…`."""
    journal = Journal()

    async def send(socket: web.WebSocketResponse, reader: Reader, entry: Entry) -> None:
        async for message in journal.read(reader, entry):
            await socket.send_str(json.dumps(message))

    async def listen(socket: web.WebSocketResponse, reader: Reader) -> None:
        while (frame := await socket.receive()).type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
            message = understood(frame.data)
            if message.get("type") == "say":
                others = journal.present.keys() - {reader}
                journal.write(others, type="say", name=reader.name, text=message["text"])
            else:
                journal.write({reader}, type="pong" if message.get("type") == "ping" else "error")

    async def enter(request: web.Request) -> web.WebSocketResponse:
        socket, reader = web.WebSocketResponse(), Reader(request)
        await socket.prepare(request)
        journal.write(set(journal.present), type="join", name=reader.name)
        journal.present[reader] = socket
        sending = asyncio.create_task(send(socket, reader, journal.blank()))
        try:
            await listen(socket, reader)
        finally:
            del journal.present[reader]
            journal.write(set(journal.present), type="leave", name=reader.name)
            sending.cancel()
            await asyncio.wait([sending])
        return socket

    async def leave(app: web.Application) -> None:
        sockets = list(journal.present.values())
        await asyncio.gather(*(socket.close(code=1001) for socket in sockets), return_exceptions=True)

    app = web.Application()
    app.add_routes([web.get("/ws", enter)])
    app.on_shutdown.append(leave)
    return app
