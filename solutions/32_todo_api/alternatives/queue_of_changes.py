"""Handlers put changes into a queue; a dispatcher owns them, and answers with futures."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from aiohttp import web


class Store(Protocol):
    """Where the entries of all users are kept."""

    async def open(self) -> None: ...
    async def add(self, user: str, text: str) -> int: ...
    async def todos(self, user: str) -> list[dict[str, Any]]: ...
    async def done(self, user: str, number: int) -> None: ...
    async def close(self) -> None: ...


Change = tuple[Callable[[], Awaitable[Any]], asyncio.Future[Any]]

TOKENS = web.AppKey("tokens", Mapping)
STORE = web.AppKey("store", object)
QUEUE = web.AppKey("queue", asyncio.Queue)


async def carry_out(change: Change) -> None:
    function, answer = change
    try:
        result = await function()
    except Exception as error:
        if not answer.done():
            answer.set_exception(error)
    else:
        if not answer.done():
            answer.set_result(result)


async def dispatch(queue: asyncio.Queue[Change | None]) -> None:
    async with asyncio.TaskGroup() as group:
        while change := await queue.get():
            group.create_task(carry_out(change))


async def ordered(app: web.Application, function: Callable[[], Awaitable[Any]]) -> Any:
    answer = asyncio.get_running_loop().create_future()
    app[QUEUE].put_nowait((function, answer))
    return await answer


@web.middleware
async def errors_and_tokens(request: web.Request, handler) -> web.StreamResponse:
    tokens = request.config_dict[TOKENS]
    header = request.headers.get("Authorization", "")
    if not header.startswith("Bearer ") or header[7:] not in tokens:
        return web.json_response({"error": "unauthorized"}, status=401, headers={"WWW-Authenticate": "Bearer"})
    request["user"] = tokens[header.removeprefix("Bearer ")]
    try:
        return await handler(request)
    except KeyError as error:
        return web.json_response({"error": f"not found: {error}"}, status=404)


async def add(request: web.Request) -> web.Response:
    user, store = request["user"], request.app[STORE]
    try:
        body = await request.json()
    except ValueError:
        body = None
    match body:
        case {"text": str(text)} if text:
            number = await ordered(request.app, lambda: store.add(user, text))
            return web.json_response({"id": number}, status=201)
    return web.json_response({"error": "bad request"}, status=400)


async def show(request: web.Request) -> web.Response:
    return web.json_response(await request.app[STORE].todos(request["user"]))


async def done(request: web.Request) -> web.Response:
    user, store = request["user"], request.app[STORE]
    try:
        number = int(request.match_info["id"])
    except ValueError:
        raise KeyError("id") from None
    await ordered(request.app, lambda: store.done(user, number))
    return web.Response(status=204)


async def lifetime(app: web.Application):
    store = app[STORE]
    await store.open()
    try:
        dispatcher = asyncio.create_task(dispatch(app[QUEUE]))
        yield
        app[QUEUE].put_nowait(None)
        await dispatcher
    finally:
        await store.close()


def make_app(store: Store, tokens: Mapping[str, str]) -> web.Application:
    """The application that serves the entries in `store` to the users in `tokens`."""
    app = web.Application(middlewares=[errors_and_tokens])
    app[STORE], app[TOKENS], app[QUEUE] = store, tokens, asyncio.Queue()
    app.add_routes([web.post("/todos", add), web.get("/todos", show), web.post("/todos/{id}/done", done)])
    app.cleanup_ctx.append(lifetime)
    return app
