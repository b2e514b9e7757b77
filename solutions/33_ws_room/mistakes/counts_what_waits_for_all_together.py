"""concurrency: counts the messages that wait for all clients together, and drops one that is not far behind."""

import asyncio
import json
from collections import deque

from aiohttp import WSCloseCode, WSMsgType, web

#: The messages that may wait in the room.
MOST = 100


class Guest:
    """A client in the room, and the messages that wait for it."""

    def __init__(self, name, socket, transport, room_waits):
        self.name = name
        self.socket = socket
        self.transport = transport
        self.waiting = deque()
        self.room_waits = room_waits
        self.news = asyncio.Event()

    def tell(self, message):
        self.waiting.append(message)
        self.news.set()
        self.room_waits[0] += 1
        if self.room_waits[0] > MOST:
            self.transport.abort()

    async def send(self):
        while True:
            await self.news.wait()
            self.news.clear()
            while self.waiting:
                self.room_waits[0] -= 1
                await self.socket.send_json(self.waiting.popleft())


def make_app() -> web.Application:
    """An application with one room, at `/ws?name=…`."""
    guests = []
    room_waits = [0]

    def tell_others(guest, message):
        for other in guests:
            if other is not guest:
                other.tell(message)

    def hear(guest, text):
        try:
            message = json.loads(text)
        except ValueError:
            message = None
        kind = message.get("type") if isinstance(message, dict) else None
        if kind == "ping":
            guest.tell({"type": "pong"})
        elif kind == "say" and isinstance(message.get("text"), str):
            tell_others(guest, {"type": "say", "name": guest.name, "text": message["text"]})
        else:
            guest.tell({"type": "error"})

    async def enter(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        guest = Guest(request.query["name"], socket, request.transport, room_waits)
        tell_others(guest, {"type": "join", "name": guest.name})
        guests.append(guest)
        sending = asyncio.create_task(guest.send())
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    hear(guest, message.data)
        finally:
            guests.remove(guest)
            room_waits[0] -= len(guest.waiting)
            tell_others(guest, {"type": "leave", "name": guest.name})
            sending.cancel()
            await asyncio.wait({sending})
        return socket

    async def close_all(app):
        await asyncio.gather(*(guest.socket.close(code=WSCloseCode.GOING_AWAY) for guest in guests))

    app = web.Application()
    app.router.add_get("/ws", enter)
    app.on_shutdown.append(close_all)
    return app
