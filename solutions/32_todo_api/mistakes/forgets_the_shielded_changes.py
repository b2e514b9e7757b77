"""cancellation: shields changes but keeps no reference, so that the shutdown cannot wait for them."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping
from typing import Any, Protocol, TypeVar

from aiohttp import web
from aiohttp.typedefs import Handler

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


def refusal(status: int, reason: str, **headers: str) -> web.Response:
    """An answer that says why a request is refused."""
    return web.json_response({"error": reason}, status=status, headers=headers)


async def text_of(request: web.Request) -> str | None:
    """The text in the body of a request, if there is one."""
    try:
        body = await request.json()
    except ValueError:
        return None
    text = body.get("text") if isinstance(body, dict) else None
    return text if isinstance(text, str) and text else None


def make_app(store: Store, tokens: Mapping[str, str]) -> web.Application:
    """The application that serves the entries in `store` to the users in `tokens`."""
    changes: set[asyncio.Task[Any]] = set()

    async def complete(change: Coroutine[Any, Any, T]) -> T:
        """Await a change. It goes on to its end when the handler that awaits it is cancelled."""
        return await asyncio.shield(change)

    @web.middleware
    async def identify(request: web.Request, handler: Handler) -> web.StreamResponse:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or token not in tokens:
            return refusal(401, "no valid token", **{"WWW-Authenticate": "Bearer"})
        request["user"] = tokens[token]
        return await handler(request)

    async def add(request: web.Request) -> web.Response:
        text = await text_of(request)
        if text is None:
            return refusal(400, "no text")
        number = await complete(store.add(request["user"], text))
        return web.json_response({"id": number}, status=201)

    async def show(request: web.Request) -> web.Response:
        return web.json_response(await store.todos(request["user"]))

    async def done(request: web.Request) -> web.Response:
        try:
            number = int(request.match_info["id"])
            await complete(store.done(request["user"], number))
        except (ValueError, KeyError):
            return refusal(404, "no such entry")
        return web.Response(status=204)

    async def lifetime(app: web.Application) -> AsyncIterator[None]:
        await store.open()
        yield
        # aiohttp has ended the handlers, so that no change begins any more; those that have begun may still run.
        await asyncio.gather(*changes, return_exceptions=True)
        await store.close()

    app = web.Application(middlewares=[identify])
    app.add_routes([web.post("/todos", add), web.get("/todos", show), web.post("/todos/{id}/done", done)])
    app.cleanup_ctx.append(lifetime)
    return app
