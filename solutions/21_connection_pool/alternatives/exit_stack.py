"""A stack of callbacks gives everything back in reverse order."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
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
        self._limit = asyncio.BoundedSemaphore(size)
        self._idle: set[Connection] = set()
        self._users = 0
        self._nobody = asyncio.Event()
        self._nobody.set()
        self._open = True

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Connection]:
        """A connection for as long as the block lasts."""
        if not self._open:
            raise RuntimeError("closed")
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._limit)
            self._users += 1
            self._nobody.clear()
            stack.callback(self._gone)
            connection = self._idle.pop() if self._idle else await self._connect()
            stack.push_async_callback(self._give_back, connection)
            yield connection

    def _gone(self) -> None:
        self._users -= 1
        if self._users == 0:
            self._nobody.set()

    async def _give_back(self, connection: Connection) -> None:
        if connection.broken:
            await connection.close()
        else:
            self._idle.add(connection)

    async def aclose(self) -> None:
        """Wait until nobody uses a connection, and close all of them."""
        self._open = False
        await self._nobody.wait()
        for connection in self._idle:
            await connection.close()


async def query(pool: Pool, seconds: float) -> str:
    """The answer of the database, which takes so many seconds."""
    async with pool.acquire() as connection:
        return await connection.run(seconds)
