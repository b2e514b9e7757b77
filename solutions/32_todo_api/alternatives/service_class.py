"""A class holds the handlers as methods; a decorator checks the token, and signals open and close the store."""

import asyncio
import json
from collections.abc import Mapping
from functools import wraps
from typing import Any, Protocol

from aiohttp import web


class Store(Protocol):
    """Where the entries of all users are kept."""

    async def open(self) -> None: ...
    async def add(self, user: str, text: str) -> int: ...
    async def todos(self, user: str) -> list[dict[str, Any]]: ...
    async def done(self, user: str, number: int) -> None: ...
    async def close(self) -> None: ...


def for_users(method):
    """Let a handler run for a request with a valid token, with the user as an argument."""

    @wraps(method)
    async def handler(self, request: web.Request) -> web.Response:
        match request.headers.get("Authorization", "").split():
            case ["Bearer", token] if token in self.tokens:
                return await method(self, request, self.tokens[token])
        raise web.HTTPUnauthorized(
            text=json.dumps({"error": "who are you?"}),
            content_type="application/json",
            headers={"WWW-Authenticate": "Bearer"},
        )

    return handler


class Service:
    def __init__(self, store: Store, tokens: Mapping[str, str]) -> None:
        self.store = store
        self.tokens = tokens
        self.running = 0
        self.idle = asyncio.Event()
        self.idle.set()

    async def open(self, app: web.Application) -> None:
        await self.store.open()

    async def close(self, app: web.Application) -> None:
        await self.idle.wait()
        await self.store.close()

    async def run(self, change) -> Any:
        """A change in a task of its own, which counts itself."""
        self.running += 1
        self.idle.clear()
        try:
            return await change
        finally:
            self.running -= 1
            if not self.running:
                self.idle.set()

    async def wait_for(self, change) -> Any:
        """`asyncio.wait` does not cancel what it waits for."""
        task = asyncio.create_task(self.run(change))
        await asyncio.wait([task])
        return task.result()

    @for_users
    async def add(self, request: web.Request, user: str) -> web.Response:
        try:
            text = (await request.json())["text"]
            if not isinstance(text, str) or text == "":
                raise ValueError(text)
        except (ValueError, TypeError, KeyError) as error:
            raise web.HTTPBadRequest(
                text=json.dumps({"error": "a text is missing"}), content_type="application/json"
            ) from error
        number = await self.wait_for(self.store.add(user, text))
        return web.json_response({"id": number}, status=web.HTTPCreated.status_code)

    @for_users
    async def show(self, request: web.Request, user: str) -> web.Response:
        return web.json_response(await self.store.todos(user))

    @for_users
    async def done(self, request: web.Request, user: str) -> web.Response:
        try:
            await self.wait_for(self.store.done(user, int(request.match_info["number"])))
        except KeyError:
            raise web.HTTPNotFound() from None
        raise web.HTTPNoContent()


def make_app(store: Store, tokens: Mapping[str, str]) -> web.Application:
    """The application that serves the entries in `store` to the users in `tokens`."""
    service = Service(store, tokens)
    app = web.Application()
    app.router.add_post("/todos", service.add)
    app.router.add_get("/todos", service.show)
    app.router.add_post(r"/todos/{number:\d+}/done", service.done)
    app.on_startup.append(service.open)
    app.on_cleanup.append(service.close)
    return app
