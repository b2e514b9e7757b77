"""A class is the context manager, and futures are the line of those who wait."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol


class Connection(Protocol):
    """A connection to the database."""

    broken: bool

    async def run(self, seconds: float) -> str: ...

    async def close(self) -> None: ...


Connect = Callable[[], Awaitable[Connection]]


class Lease:
    """One use of a pool."""

    def __init__(self, pool: "Pool") -> None:
        self.pool = pool

    async def __aenter__(self) -> Connection:
        await self.pool.take_place()
        try:
            self.connection = self.pool.idle.pop() if self.pool.idle else await self.pool.connect()
        except BaseException:
            self.pool.free_place()
            raise
        return self.connection

    async def __aexit__(self, *error: object) -> None:
        try:
            if self.connection.broken:
                await self.connection.close()
            else:
                self.pool.idle.append(self.connection)
        finally:
            self.pool.free_place()


class Pool:
    """At most `size` connections, which many users share."""

    def __init__(self, connect: Connect, size: int) -> None:
        self.connect = connect
        self.free = size
        self.taken = 0
        self.idle: list[Connection] = []
        self.line: list[asyncio.Future[None]] = []
        self.closed: asyncio.Event | None = None

    def acquire(self) -> AbstractAsyncContextManager[Connection]:
        """A connection for as long as the block lasts."""
        return Lease(self)

    async def take_place(self) -> None:
        if self.closed is not None:
            raise RuntimeError("closed")
        if self.free and not self.line:
            self.free -= 1
        else:
            turn = asyncio.get_running_loop().create_future()
            self.line.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                if turn in self.line:
                    self.line.remove(turn)
                else:
                    # The place came at the same moment as the cancellation.
                    self.pass_on()
                raise
        self.taken += 1

    def free_place(self) -> None:
        self.taken -= 1
        self.pass_on()
        if self.closed is not None and not self.taken:
            self.closed.set()

    def pass_on(self) -> None:
        while self.line:
            turn = self.line.pop(0)
            if not turn.done():
                turn.set_result(None)
                return
        self.free += 1

    async def aclose(self) -> None:
        """Wait until nobody uses a connection, and close all of them."""
        self.closed = asyncio.Event()
        if self.taken:
            await self.closed.wait()
        await asyncio.gather(*(connection.close() for connection in self.idle))
        self.idle.clear()


async def query(pool: Pool, seconds: float) -> str:
    """The answer of the database, which takes so many seconds."""
    async with pool.acquire() as connection:
        return await connection.run(seconds)
