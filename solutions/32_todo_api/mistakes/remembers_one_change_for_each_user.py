"""cancellation: remembers one change for each user, and at shutdown does not wait for an earlier one that is slower."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any, Protocol

from aiohttp import web


class Store(Protocol):
    """Where the entries of all users are kept."""

    async def open(self) -> None:
        """Get ready; called once, before anything else."""

    async def add(self, user: str, text: str) -> int:
        """Keep an entry, and return its number."""

    async def todos(self, user: str) -> list[dict[str, Any]]:
        """The entries of a user."""

    async def done(self, user: str, number: int) -> None:
        """Mark an entry as done. `KeyError` if the user has no such entry."""

    async def close(self) -> None:
        """Release everything; called once, after everything else."""


def make_app(store: Store, tokens: Mapping[str, str]) -> web.Application:
    """The application that serves the entries in `store` to the users in `tokens`."""
    app = web.Application()
    changes = {}

    def user_of(request: web.Request) -> str:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or token not in tokens:
            raise web.HTTPUnauthorized(
                text='{"error": "no valid token"}',
                content_type="application/json",
                headers={"WWW-Authenticate": "Bearer"},
            )
        return tokens[token]

    def no_text() -> web.Response:
        return web.json_response({"error": "no text"}, status=400)

    async def change(user: str, coroutine: Any) -> Any:
        changes[user] = asyncio.create_task(coroutine)
        return await asyncio.shield(changes[user])

    async def add(self, user: str, text: str) -> int:
        """Keep an entry, and return its number."""

    async def todos(self, user: str) -> list[dict[str, Any]]:
        """The entries of a user."""

    async def done(self, user: str, number: int) -> None:
        """Mark an entry as done. `KeyError` if the user has no such entry."""

    async def close(self) -> None:
        """Release everything; called once, after everything else."""


def make_app(store: Store, tokens: Mapping[str, str]) -> web.Application:
    """The application that serves the entries in `store` to the users in `tokens`."""
    app = web.Application()
    changes = {}

    def user_of(request: web.Request) -> str:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or token not in tokens:
            raise web.HTTPUnauthorized(
                text='{"error": "no valid token"}',
                content_type="application/json",
                headers={"WWW-Authenticate": "Bearer"},
            )
        return tokens[token]

    def no_text() -> web.Response:
        return web.json_response({"error": "no text"}, status=400)

    async def change(coroutine: Any) -> Any:
        task = asyncio.create_task(coroutine)
        changes.add(task)
        task.add_done_callback(changes.discard)
        return await asyncio.shield(task)

    async def add(request: web.Request) -> web.Response:
        user = user_of(request)
        try:
            entry = json.loads(await request.read())
        except ValueError:
            return no_text()
        if not isinstance(entry, dict) or not isinstance(entry.get("text"), str) or not entry["text"]:
            return no_text()
        return web.json_response({"id": await change(user, store.add(user, entry["text"]))}, status=201)

    async def show(request: web.Request) -> web.Response:
        return web.json_response(await store.todos(user_of(request)))

    async def done(request: web.Request) -> web.Response:
        user = user_of(request)
        try:
            await change(user, store.done(user, int(request.match_info["id"])))
        except (KeyError, ValueError):
            return web.Response(status=404)
        return web.Response(status=204)

    async def opened(app: web.Application) -> None:
        await store.open()

    async def closed(app: web.Application) -> None:
        await asyncio.gather(*changes.values(), return_exceptions=True)
        await store.close()

    app.on_startup.append(opened)
    app.on_cleanup.append(closed)
    app.router.add_get("/todos", show)
    app.router.add_post("/todos", add)
    app.router.add_post("/todos/{id}/done", done)
    return app
