"""correctness: looks whether the pool is closed when `acquire` is called, not when it is entered."""

import asyncio
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
        self._places = asyncio.Semaphore(size)
        self._idle: list[Connection] = []
        self._closed = False

    def acquire(self) -> AbstractAsyncContextManager[Connection]:
        """A connection for as long as the block lasts."""
        if self._closed:
            raise RuntimeError("the pool is closed")
        return self._lend()

    @asynccontextmanager
    async def _lend(self) -> AsyncIterator[Connection]:
        async with self._places:
            connection = self._idle.pop() if self._idle else await self._connect()
            try:
                yield connection
            finally:
                if connection.broken:
                    await connection.close()
                else:
                    self._idle.append(connection)

    async def aclose(self) -> None:
        """Wait until nobody uses a connection, and close all of them."""
        self._closed = True
        for _ in range(self._size):
            await self._places.acquire()
        for connection in self._idle:
            await connection.close()


async def query(pool: Pool, seconds: float) -> str:
    """The answer of the database, which takes so many seconds."""
    async with pool.acquire() as connection:
        return await connection.run(seconds)
