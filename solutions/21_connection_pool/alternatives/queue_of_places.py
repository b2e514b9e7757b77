"""A priority queue holds the places, those with a connection first; the pool is closed by whoever has all of them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
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
        self._closed = False
        self._places: asyncio.PriorityQueue[tuple[bool, int, Connection | None]] = asyncio.PriorityQueue()
        for number in range(size):
            self._places.put_nowait((True, number, None))

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Connection]:
        """A connection for as long as the block lasts."""
        if self._closed:
            raise RuntimeError("the pool is closed")
        _, number, connection = await self._places.get()
        try:
            if connection is None:
                connection = await self._connect()
            try:
                yield connection
            finally:
                if connection.broken:
                    broken, connection = connection, None
                    await broken.close()
        finally:
            self._places.put_nowait((connection is None, number, connection))

    async def aclose(self) -> None:
        """Wait until nobody uses a connection, and close all of them."""
        self._closed = True
        for _ in range(self._size):
            _, _, connection = await self._places.get()
            if connection is not None:
                await connection.close()


async def query(pool: Pool, seconds: float) -> str:
    """The answer of the database, which takes so many seconds."""
    async with pool.acquire() as connection:
        return await connection.run(seconds)
