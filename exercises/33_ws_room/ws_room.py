"""WebSocket room: pass messages on to everybody, whoever is asleep."""

from aiohttp import WSMsgType, web


def make_app() -> web.Application:
    """An application with one room, at `/ws?name=…`."""
    # TODO: be the room that the rules describe, also for slow clients and at the shutdown.
    app = web.Application()
    sockets: dict[str, web.WebSocketResponse] = {}

    async def enter(request: web.Request) -> web.WebSocketResponse:
        name = request.query["name"]
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        sockets[name] = socket
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                for other in sockets.values():
                    await other.send_json({"type": "say", "name": name, "text": message.json()["text"]})
        return socket

    app.router.add_get("/ws", enter)
    return app
