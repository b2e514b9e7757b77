"""correctness: tells who joins that they have joined."""

import asyncio
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

MOST_WAITING = 100


class Member:
    """Somebody in the room, and the messages that wait for them."""

    def __init__(self, name: str, socket: web.WebSocketResponse, transport: asyncio.Transport) -> None:
        self.name = name
        self.socket = socket
        self.transport = transport
        self.waiting: asyncio.Queue[dict[str, Any]] = asyncio.Queue(MOST_WAITING)

    def tell(self, message: dict[str, Any]) -> None:
        """Have `message` sent, without waiting for it."""
        try:
            self.waiting.put_nowait(message)
        except asyncio.QueueFull:
            # Closing politely would wait for somebody who does not read.
            self.transport.abort()

    async def write(self) -> None:
        """Send what waits; the only place that waits for this client."""
        while True:
            await self.socket.send_json(await self.waiting.get())


class Room:
    """All members."""

    def __init__(self) -> None:
        self.members: list[Member] = []

    def tell_others(self, speaker: Member, message: dict[str, Any]) -> None:
        for member in self.members:
            if member is not speaker:
                member.tell(message)

    async def enter(self, request: web.Request) -> web.WebSocketResponse:
        """The whole stay of a member."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        assert isinstance(request.transport, asyncio.Transport)
        member = Member(request.query["name"], socket, request.transport)
        self.members.append(member)
        for each in self.members:
            each.tell({"type": "join", "name": member.name})
        writing = asyncio.create_task(member.write())
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self.hear(member, message)
        finally:
            self.members.remove(member)
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
            self.tell_others(member, {"type": "leave", "name": member.name})
        return socket

    def hear(self, member: Member, message: Any) -> None:
        try:
            said = message.json()
        except ValueError:
            said = None
        match said:
            case {"type": "say", "text": str(text)}:
                self.tell_others(member, {"type": "say", "name": member.name, "text": text})
            case {"type": "ping"}:
                member.tell({"type": "pong"})
            case _:
                member.tell({"type": "error"})

    async def close(self, app: web.Application) -> None:
        """Close all sockets; their handlers end by themselves then."""
        await asyncio.gather(*(member.socket.close(code=WSCloseCode.GOING_AWAY) for member in self.members))


def make_app() -> web.Application:
    """An application with one room, at `/ws?name=…`."""
    app, room = web.Application(), Room()
    app.router.add_get("/ws", room.enter)
    app.on_shutdown.append(room.close)
    return app
