"""Views of aiohttp, one class for each route; a condition counts the changes."""

import asyncio
from collections.abc import Mapping
from typing import Any, Protocol

from aiohttp import web


class Store(Protocol):
    """Where the entries of all users are kept."""

    async def open(self) -> None: ...
    async def add(self, user: str, text: str) -> int: ...
    async def todos(self, user: str) -> list[dict[str, Any]]: ...
    async def done(self, user: str, number: int) -> None: ...
    async def close(self) -> None: ...


class Changes:
    """The changes that have begun and not yet ended."""

    def __init__(self) -> None:
        self._tasks: dict[int, asyncio.Task[Any]] = {}
        self._ended = asyncio.Condition()

    async def _run(self, change, number: int) -> Any:
        try:
            return await change
        finally:
            async with self._ended:
                del self._tasks[number]
                self._ended.notify_all()

    def begin(self, change) -> "asyncio.Future[Any]":
        number = max(self._tasks, default=0) + 1
        self._tasks[number] = asyncio.create_task(self._run(change, number))
        return asyncio.shield(self._tasks[number])

    async def all_ended(self) -> None:
        async with self._ended:
            await self._ended.wait_for(lambda: not self._tasks)


class View(web.View):
    store: Store
    tokens: Mapping[str, str]
    changes: Changes

    @property
    def user(self) -> str:
        words = self.request.headers.get("Authorization", "").split(" ")
        if len(words) != 2 or words[0] != "Bearer" or words[1] not in self.tokens:
            raise web.HTTPUnauthorized(
                body=b'{"error": "no token"}',
                content_type="application/json",
                headers={"WWW-Authenticate": "Bearer"},
            )
        return self.tokens[words[1]]


class Todos(View):
    async def get(self) -> web.Response:
        return web.json_response(await self.store.todos(self.user))

    async def post(self) -> web.Response:
        user = self.user
        try:
            body = await self.request.json()
        except ValueError:
            body = None
        if type(body) is not dict or type(body.get("text")) is not str or len(body["text"]) < 1:
            return web.json_response({"error": {"expected": "text"}}, status=400)
        return web.json_response({"id": await self.changes.begin(self.store.add(user, body["text"]))}, status=201)


class Done(View):
    async def post(self) -> web.Response:
        user, number = self.user, self.request.match_info["id"]
        if not number.isdecimal():
            raise web.HTTPNotFound
        try:
            await self.changes.begin(self.store.done(user, int(number)))
        except KeyError as error:
            raise web.HTTPNotFound from error
        return web.Response(status=204)


def make_app(store: Store, tokens: Mapping[str, str]) -> web.Application:
    """The application that serves the entries in `store` to the users in `tokens`."""
    own = {"store": store, "tokens": tokens, "changes": Changes()}

    async def open_store(app: web.Application) -> None:
        await store.open()

    async def close_store(app: web.Application) -> None:
        await own["changes"].all_ended()
        await store.close()

    app = web.Application()
    app.router.add_view("/todos", type("Todos", (Todos,), own))
    app.router.add_view("/todos/{id}/done", type("Done", (Done,), own))
    app.on_startup.append(open_store)
    app.on_cleanup.append(close_store)
    return app
