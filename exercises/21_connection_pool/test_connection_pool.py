"""Examples: run them with ``pytest exercises/21_connection_pool``."""

import asyncio

import pytest


def now():
    return asyncio.get_running_loop().time()


class Connection:
    def __init__(self, opened):
        self.broken = False
        self.open = True
        self.used = []
        opened.append(self)

    async def run(self, seconds):
        self.used.append(now())
        await asyncio.sleep(seconds)
        return "row"

    async def close(self):
        self.open = False


def database(opened, seconds):
    """A coroutine function that opens connections, each in so many seconds."""

    async def connect():
        await asyncio.sleep(seconds)
        return Connection(opened)

    return connect


@pytest.mark.correctness
async def test_connections_are_used_again(student):
    """Two users, one after the other, share one connection."""
    opened = []
    pool = student.Pool(database(opened, 1), 2)

    assert await student.query(pool, 1) == "row"
    assert await student.query(pool, 1) == "row"

    assert len(opened) == 1


@pytest.mark.concurrency
async def test_timetable(student):
    """Two users share one connection as in the timetable of the README."""
    opened = []
    pool = student.Pool(database(opened, 1), 1)

    await asyncio.gather(student.query(pool, 2), student.query(pool, 2))

    assert len(opened) == 1
    assert opened[0].used == [1, 3]
    assert now() == 5


@pytest.mark.cancellation
async def test_cancelled_user_gives_the_connection_back(student):
    """When a user is cancelled, the next one has the connection."""
    opened = []
    pool = student.Pool(database(opened, 0), 1)

    call = asyncio.create_task(student.query(pool, 60))
    await asyncio.sleep(1)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call

    assert await student.query(pool, 1) == "row"
    assert now() == 2
