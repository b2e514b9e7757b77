"""The changes belong to a task group that lives as long as the application, and none of them can fail in it."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping
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


class Changes:
    """A task that holds the task group of the changes."""

    def __init__(self) -> None:
        self._group = asyncio.TaskGroup()
        self._closing = asyncio.Event()
        self._holding = asyncio.create_task(self._hold())

    async def _hold(self) -> None:
        async with self._group:
            await self._closing.wait()

    async def make(self, change: Coroutine[Any, Any, Any]) -> Any:
        """The outcome of a change, for a caller that may be cancelled."""
        result, error = await asyncio.shield(self._group.create_task(outcome(change)))
        if error is not None:
            raise error
        return result

    async def close(self) -> None:
        """Wait for the changes that have begun."""
        self._closing.set()
        await self._holding


async def outcome(change: Coroutine[Any, Any, Any]) -> tuple[Any, Exception | None]:
    """The result of a change, or its failure."""
    try:
        return await change, None
    except Exception as error:
        return None, error


def refusal(kind: type[web.HTTPException], why: str, **headers: str) -> web.HTTPException:
    """An answer that says what is wrong, as JSON."""
    return kind(text=f'{{"error": "{why}"}}', content_type="application/json", headers=headers)


STORE = web.AppKey("store", Store)
USERS = web.AppKey("users", dict[str, str])
CHANGES = web.AppKey("changes", Changes)


class Todos(web.View):
    """The entries of the user who asks."""

    def user(self) -> str:
        """Who asks; nobody gets in without a token."""
        scheme, _, token = self.request.headers.get("Authorization", "").partition(" ")
        user = self.request.app[USERS].get(token)
        if scheme != "Bearer" or user is None:
            raise refusal(web.HTTPUnauthorized, "no valid token", **{"WWW-Authenticate": "Bearer"})
        return user

    async def get(self) -> web.Response:
        return web.json_response(await self.request.app[STORE].todos(self.user()))

    async def post(self) -> web.Response:
        user = self.user()
        try:
            text = (await self.request.json())["text"]
        except (ValueError, LookupError, TypeError):
            text = None
        if not (isinstance(text, str) and text):
            raise refusal(web.HTTPBadRequest, "no text")
        number = await self.request.app[CHANGES].make(self.request.app[STORE].add(user, text))
        return web.json_response({"id": number}, status=201)


class Done(Todos):
    """The mark of one entry."""

    async def post(self) -> web.Response:
        user = self.user()
        try:
            number = int(self.request.match_info["id"])
            await self.request.app[CHANGES].make(self.request.app[STORE].done(user, number))
        except (ValueError, KeyError):
            raise web.HTTPNotFound from None
        return web.Response(status=204)


async def live(app: web.Application) -> AsyncIterator[None]:
    """From the opening of the store to its closing."""
    await app[STORE].open()
    app[CHANGES] = changes = Changes()
    yield
    await changes.close()
    await app[STORE].close()


def make_app(store: Store, tokens: Mapping[str, str]) -> web.Application:
    """The application that serves the entries in `store` to the users in `tokens`."""
    app = web.Application()
    app[STORE], app[USERS] = store, dict(tokens)
    app.cleanup_ctx.append(live)
    app.router.add_view("/todos", Todos)
    app.router.add_view("/todos/{id}/done", Done)
    return app
