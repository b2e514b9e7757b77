"""No queue: each message is a task that waits for the one before it."""

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
        self.turn = asyncio.Lock()
        self.sends: set[asyncio.Task[None]] = set()

    def tell(self, message: dict[str, Any]) -> None:
        """Have `message` sent, without waiting for it."""
        if len(self.sends) >= MOST_WAITING:
            self.transport.abort()
            return
        send = asyncio.create_task(self.send(message))
        self.sends.add(send)
        send.add_done_callback(self.sends.discard)

    async def send(self, message: dict[str, Any]) -> None:
        """A lock lets in one after another, as they came."""
        async with self.turn:
            try:
                await self.socket.send_json(message)
            except ConnectionError:
                self.transport.abort()


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
        self.tell_others(member, {"type": "join", "name": member.name})
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self.hear(member, message)
        finally:
            self.members.remove(member)
            for send in list(member.sends):
                send.cancel()
            await asyncio.gather(*member.sends, return_exceptions=True)
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
