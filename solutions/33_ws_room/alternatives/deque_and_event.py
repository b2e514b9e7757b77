"""Closures, a deque for each client, and an event that wakes its writer."""

import asyncio
import json
from collections import deque

from aiohttp import web


def make_app() -> web.Application:
    """An application with one room, at `/ws?name=…`."""
    app = web.Application()
    sockets: dict[web.WebSocketResponse, tuple[deque[str], asyncio.Event, asyncio.BaseTransport]] = {}

    def send(socket: web.WebSocketResponse, message: dict[str, str]) -> None:
        waiting, more, transport = sockets[socket]
        if len(waiting) >= 100:
            transport.close() if transport.is_closing() else transport.abort()
            return
        waiting.append(json.dumps(message))
        more.set()

    def broadcast(source: web.WebSocketResponse, **message: str) -> None:
        for socket in list(sockets):
            if socket is not source:
                send(socket, message)

    async def pump(socket: web.WebSocketResponse, waiting: deque[str], more: asyncio.Event) -> None:
        while True:
            await more.wait()
            more.clear()
            while waiting:
                await socket.send_str(waiting.popleft())

    async def handler(request: web.Request) -> web.WebSocketResponse:
        name = request.query["name"]
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        box = deque(), asyncio.Event(), request.transport
        sockets[socket] = box
        task = asyncio.ensure_future(pump(socket, box[0], box[1]))
        broadcast(socket, type="join", name=name)
        try:
            while True:
                text = await socket.receive_str()
                try:
                    data = json.loads(text)
                    kind = data["type"]
                    if kind == "ping":
                        send(socket, {"type": "pong"})
                    elif kind == "say":
                        broadcast(socket, type="say", name=name, text=data["text"])
                    else:
                        raise ValueError(kind)
                except (ValueError, KeyError, TypeError):
                    send(socket, {"type": "error"})
        except TypeError:
            # What came is no text: the end.
            pass
        finally:
            del sockets[socket]
            task.cancel()
            await asyncio.wait([task])
            if not task.cancelled():
                task.exception()
            broadcast(socket, type="leave", name=name)
        return socket

    async def on_shutdown(app: web.Application) -> None:
        for socket in list(sockets):
            await socket.close(code=1001, message=b"Server shutdown")

    app.add_routes([web.get("/ws", handler)])
    app.on_shutdown.append(on_shutdown)
    return app
