"""Connection pool: share a few connections, and lose none."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol


class Connection(Protocol):
    """A connection to the database."""

    broken: bool

    async def run(self, seconds: float) -> str: ...

    async def close(self) -> None: ...


Connect = Callable[[], Awaitable[Connection]]


class Pool:
    """At most `size` connections, which many users share."""

    def __init__(self, connect: Connect, size: int) -> None:
        self._connect = connect
        self._size = size

    def acquire(self) -> AbstractAsyncContextManager[Connection]:
        """A connection for as long as the block lasts."""
        return self._lend()

    @asynccontextmanager
    async def _lend(self) -> AsyncIterator[Connection]:
        # TODO: hold back who finds no place, use connections again, and give back what was taken.
        yield await self._connect()

    async def aclose(self) -> None:
        """Wait until nobody uses a connection, and close all of them."""


async def query(pool: Pool, seconds: float) -> str:
    """The answer of the database, which takes so many seconds."""
    async with pool.acquire() as connection:
        return await connection.run(seconds)
