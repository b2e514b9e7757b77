"""correctness: takes the place that was freed last, even one without a connection while another has one."""

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
        # A place is a connection, or None where there is none yet.
        self._places: asyncio.LifoQueue[Connection | None] = asyncio.LifoQueue()
        for _ in range(size):
            self._places.put_nowait(None)
        self._size = size
        self._closed = False

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Connection]:
        """A connection for as long as the block lasts."""
        if self._closed:
            raise RuntimeError("closed")
        place = await self._places.get()
        try:
            if place is None:
                place = await self._connect()
            yield place
            if place.broken:
                await place.close()
                place = None
        except BaseException:
            if place is not None and place.broken:
                await place.close()
                place = None
            raise
        finally:
            self._places.put_nowait(place)

    async def aclose(self) -> None:
        """Wait until nobody uses a connection, and close all of them."""
        self._closed = True
        places = [await self._places.get() for _ in range(self._size)]
        for place in places:
            if place is not None:
                await place.close()


async def query(pool: Pool, seconds: float) -> str:
    """The answer of the database, which takes so many seconds."""
    async with pool.acquire() as connection:
        return await connection.run(seconds)
