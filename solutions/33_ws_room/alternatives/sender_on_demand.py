"""A sender for each client that exists only while messages wait: the first of them starts it."""

import asyncio
import json
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

#: The messages that may wait for one client.
MOST = 100


class Guest:
    """A client in the room."""

    def __init__(self, name: str, socket: web.WebSocketResponse, transport: asyncio.Transport) -> None:
        self.name = name
        self.socket = socket
        self._transport = transport
        self._waiting: list[dict[str, Any]] = []
        self._sending: asyncio.Task[None] | None = None

    def tell(self, **message: Any) -> None:
        """Let a message wait, or disconnect a client for whom too many wait."""
        if len(self._waiting) == MOST:
            self._transport.abort()
            return
        self._waiting.append(message)
        if self._sending is None:
            self._sending = asyncio.create_task(self._send())

    async def _send(self) -> None:
        try:
            while self._waiting:
                await self.socket.send_json(self._waiting.pop(0))
        except ConnectionError:
            self._transport.abort()
        finally:
            self._sending = None

    async def forget(self) -> None:
        """Send nothing more."""
        if self._sending is not None:
            self._sending.cancel()
            await asyncio.wait([self._sending])


class Room:
    """The guests, and what they say to each other."""

    def __init__(self) -> None:
        self._guests: list[Guest] = []

    def tell_others(self, guest: Guest, **message: Any) -> None:
        """Tell something to everybody but one."""
        for other in self._guests:
            if other is not guest:
                other.tell(**message)

    async def visit(self, request: web.Request) -> web.WebSocketResponse:
        """Let a client in, until it leaves."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        assert request.transport is not None
        guest = Guest(request.query["name"], socket, request.transport)
        self.tell_others(guest, type="join", name=guest.name)
        self._guests.append(guest)
        try:
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    self._hear(guest, frame.data)
        finally:
            self._guests.remove(guest)
            self.tell_others(guest, type="leave", name=guest.name)
            await guest.forget()
        return socket

    def _hear(self, guest: Guest, text: str) -> None:
        try:
            message = json.loads(text)
        except ValueError:
            message = None
        match message:
            case {"type": "ping"}:
                guest.tell(type="pong")
            case {"type": "say", "text": str(words)}:
                self.tell_others(guest, type="say", name=guest.name, text=words)
            case _:
                guest.tell(type="error")

    async def close(self, app: web.Application) -> None:
        """Close all sockets at once."""
        closings = [guest.socket.close(code=WSCloseCode.GOING_AWAY, message=b"bye") for guest in self._guests]
        await asyncio.gather(*closings, return_exceptions=True)


def make_app() -> web.Application:
    """An application with one room, at `/ws?name=…`."""
    room = Room()
    app = web.Application()
    app.router.add_get("/ws", room.visit)
    app.on_shutdown.append(room.close)
    return app
