"""concurrency: counts the blocks only, and forgets the connection that is being opened while it closes."""

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
        self._blocks = 0
        self._no_block = asyncio.Event()
        self._no_block.set()

    def acquire(self) -> AbstractAsyncContextManager[Connection]:
        """A connection for as long as the block lasts."""
        return self._lend()

    @asynccontextmanager
    async def _lend(self) -> AsyncIterator[Connection]:
        if self._closed:
            raise RuntimeError("the pool is closed")
        async with self._places:
            connection = self._idle.pop() if self._idle else await self._connect()
            self._blocks += 1
            self._no_block.clear()
            try:
                yield connection
            finally:
                self._blocks -= 1
                if not self._blocks:
                    self._no_block.set()
                if connection.broken:
                    await connection.close()
                else:
                    self._idle.append(connection)

    async def aclose(self) -> None:
        """Wait until nobody uses a connection, and close all of them."""
        self._closed = True
        await self._no_block.wait()
        for connection in self._idle:
            await connection.close()


async def query(pool: Pool, seconds: float) -> str:
    """The answer of the database, which takes so many seconds."""
    async with pool.acquire() as connection:
        return await connection.run(seconds)
