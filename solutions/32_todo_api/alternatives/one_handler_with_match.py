"""One handler takes every request apart with `match`; a change is a task that its handler watches."""

import asyncio
import json
from collections.abc import Coroutine, Mapping
from typing import Any, Protocol, TypeVar

from aiohttp import web

T = TypeVar("T")


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


class Service:
    """Answers the requests of one application."""

    def __init__(self, store: Store, tokens: Mapping[str, str]) -> None:
        self.store = store
        self.users = {f"Bearer {token}": user for token, user in tokens.items()}
        self.changes: set[asyncio.Task[Any]] = set()

    async def open(self, app: web.Application) -> None:
        """Open the store."""
        await self.store.open()

    async def close(self, app: web.Application) -> None:
        """Wait for the changes, then close the store."""
        if self.changes:
            await asyncio.wait(self.changes)
        await self.store.close()

    async def change(self, change: Coroutine[Any, Any, T]) -> T:
        """Watch a change, which does not mind whether it is watched."""
        task = asyncio.create_task(change)
        self.changes.add(task)
        task.add_done_callback(self.forget)
        await asyncio.wait([task])
        return task.result()

    def forget(self, change: asyncio.Task[Any]) -> None:
        """Drop a change that has ended; nobody may be left who looks at its exception."""
        self.changes.remove(change)
        change.exception()

    async def answer(self, request: web.Request) -> web.Response:
        """The answer to any request."""
        user = self.users.get(request.headers.get("Authorization", ""))
        if user is None:
            challenge = {"WWW-Authenticate": "Bearer"}
            return web.json_response({"error": "who are you?"}, status=401, headers=challenge)
        match request.method, request.path.split("/")[1:]:
            case "GET", ["todos"]:
                return web.json_response(await self.store.todos(user))
            case "POST", ["todos"]:
                return await self.add(user, await request.read())
            case "POST", ["todos", number, "done"]:
                return await self.done(user, number)
        return web.Response(status=404)

    async def add(self, user: str, body: bytes) -> web.Response:
        """Add the entry that `body` holds."""
        try:
            match json.loads(body):
                case {"text": str(text)} if text:
                    return web.json_response({"id": await self.change(self.store.add(user, text))}, status=201)
        except ValueError:
            return web.json_response({"error": "no JSON"}, status=400)
        return web.json_response({"error": "no text"}, status=400)

    async def done(self, user: str, number: str) -> web.Response:
        """Mark an entry as done."""
        try:
            await self.change(self.store.done(user, int(number)))
        except (KeyError, ValueError):
            return web.Response(status=404)
        return web.Response(status=204)


def make_app(store: Store, tokens: Mapping[str, str]) -> web.Application:
    """The application that serves the entries in `store` to the users in `tokens`."""
    service = Service(store, tokens)
    app = web.Application()
    app.on_startup.append(service.open)
    app.on_cleanup.append(service.close)
    app.router.add_route("*", "/{path:.*}", service.answer)
    return app
