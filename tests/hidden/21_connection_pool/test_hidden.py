"""The hidden suite of exercise 21."""

import asyncio
import random

import pytest


def now() -> float:
    return asyncio.get_running_loop().time()


class Connection:
    """A connection; `runs` holds when each run began."""

    def __init__(self, database) -> None:
        self.broken = False
        self.open = True
        self.runs: list[float] = []
        self._database = database

    async def run(self, seconds: float) -> str:
        self.runs.append(now())
        self._database.runs.append((now(), seconds))
        await asyncio.sleep(abs(seconds))
        if seconds < 0:
            raise LookupError("no such row")
        return f"row {seconds}"

    async def close(self) -> None:
        assert self.open, "A connection was closed twice."
        await asyncio.sleep(self._database.closing)
        self.open = False


class Database:
    """Opens connections in `seconds`, and knows how many there are; the next `failures` openings fail.

    Closing a connection takes `closing` seconds.
    """

    def __init__(self, seconds: float = 0.0, *, closing: float = 0.0) -> None:
        self.seconds = seconds
        self.closing = closing
        self.failures = 0
        self.opened: list[Connection] = []
        self.runs: list[tuple[float, float]] = []
        self.opening = self.most = 0

    async def connect(self) -> Connection:
        self.opening += 1
        self.most = max(self.most, self.opening + self.open())
        try:
            await asyncio.sleep(self.seconds)
            if self.failures:
                self.failures -= 1
                raise ConnectionError("the database is busy")
            self.opened.append(Connection(self))
            return self.opened[-1]
        finally:
            self.opening -= 1

    def open(self) -> int:
        return sum(connection.open for connection in self.opened)


async def together(student, pool, *seconds: float) -> list[object]:
    """Several users at the same time; what each gets, or the name of what it raises."""
    got = await asyncio.gather(*(student.query(pool, each) for each in seconds), return_exceptions=True)
    return [type(each).__name__ if isinstance(each, BaseException) else each for each in got]


def some_seconds(count: int) -> list[int]:
    return random.sample(range(1, 30), count)


@pytest.mark.correctness(points=2)
async def test_connections_are_used_again(student):
    """A connection that was given back is used again, before a new one is opened."""
    database = Database()
    pool = student.Pool(database.connect, 3)
    seconds = some_seconds(4)

    assert [await student.query(pool, each) for each in seconds] == [f"row {each}" for each in seconds]
    assert len(database.opened) == 1, "A connection was opened although one was free."


@pytest.mark.correctness(points=1)
async def test_connection_is_preferred_to_an_empty_place(student):
    """While one place has a connection and another has none, the next user has the connection."""
    database = Database(1)
    pool = student.Pool(database.connect, 2)

    first = asyncio.create_task(student.query(pool, 0.5))
    await asyncio.sleep(0.75)
    second = asyncio.create_task(student.query(pool, 1))
    await asyncio.sleep(0.75)
    database.failures = 1
    await asyncio.wait([first, second])
    await student.query(pool, 1)

    assert len(database.opened) == 1, "A connection was opened although one was free."


@pytest.mark.correctness(points=2)
async def test_broken_connection_is_replaced(student):
    """A connection that is broken when its block ends is closed, and the next user has a new one."""
    database = Database()
    pool = student.Pool(database.connect, 1)

    async with pool.acquire() as connection:
        connection.broken = True
    assert database.opened[0].open is False, "A broken connection was not closed."
    assert await student.query(pool, 1) == "row 1"

    assert [len(each.runs) for each in database.opened] == [0, 1]


@pytest.mark.correctness(points=2)
async def test_failed_opening_frees_the_place(student):
    """If `connect` fails, its exception reaches the user, and the next one tries again."""
    database = Database(1)
    database.failures = 2
    pool = student.Pool(database.connect, 1)

    assert await together(student, pool, 1, 2, 3) == ["ConnectionError", "ConnectionError", "row 3"]
    assert now() == 6


@pytest.mark.correctness(points=2)
async def test_failed_block_gives_the_connection_back(student):
    """If the block fails, its exception goes on, and the next user has the same connection."""
    database = Database()
    pool = student.Pool(database.connect, 1)

    assert await together(student, pool, -2, 3) == ["LookupError", "row 3"]
    assert len(database.opened) == 1, "The connection was not given back."
    assert now() == 5


@pytest.mark.correctness(points=1)
async def test_closed_pool_refuses(student):
    """After `aclose`, entering `acquire()` raises RuntimeError, even if it was called before."""
    database = Database()
    pool = student.Pool(database.connect, 2)
    await student.query(pool, 1)
    too_late = pool.acquire()

    await pool.aclose()
    with pytest.raises(RuntimeError):
        await student.query(pool, 1)
    with pytest.raises(RuntimeError):
        async with too_late as connection:
            await connection.run(1)

    assert len(database.runs) == 1


@pytest.mark.concurrency(points=2)
async def test_never_more_than_size(student):
    """At most `size` connections are open or being opened, and all of them are used."""
    database = Database(0.5)
    pool = student.Pool(database.connect, 2)

    await together(student, pool, 1, 1, 1, 1)

    assert database.most == 2
    assert now() == 2.5, "A connection was idle while a user waited."


@pytest.mark.concurrency(points=2)
async def test_users_have_places_in_order(student):
    """Users who wait have a place at the moment when it is free, in the order in which they came."""
    database = Database()
    pool = student.Pool(database.connect, 1)
    seconds = some_seconds(5)
    waiting = []
    for each in seconds:
        waiting.append(asyncio.create_task(student.query(pool, each)))
        await asyncio.sleep(0.125)
    await asyncio.gather(*waiting)

    moments = [sum(seconds[:place]) for place in range(5)]
    assert database.runs == list(zip(moments, seconds)), "A user was served too late, or out of turn."


@pytest.mark.concurrency(points=2)
async def test_closing_waits_for_users(student):
    """`aclose` waits until nobody has a place, closes all connections, and returns at that moment."""
    database = Database()
    pool = student.Pool(database.connect, 3)
    first, second = sorted(some_seconds(2))

    users = asyncio.create_task(together(student, pool, first, second))
    await asyncio.sleep(0.5)
    await pool.aclose()

    assert now() == second
    assert database.open() == 0, "A connection is still open."
    assert await users == [f"row {first}", f"row {second}"]


@pytest.mark.concurrency(points=1)
async def test_closing_waits_for_who_is_opening(student):
    """`aclose` waits for a user whose connection is being opened, and closes that connection too."""
    database = Database(2)
    pool = student.Pool(database.connect, 2)
    seconds = random.randint(1, 9)

    user = asyncio.create_task(student.query(pool, seconds))
    await asyncio.sleep(0.5)
    await pool.aclose()

    assert now() == 2 + seconds
    assert database.open() == 0, "A connection is still open."
    assert await user == f"row {seconds}"


@pytest.mark.concurrency(points=1)
async def test_place_is_taken_until_the_connection_is_closed(student):
    """The place of a broken connection is free when that is closed, not before: the next one is opened after it."""
    database = Database(closing=2)
    pool = student.Pool(database.connect, 1)

    async def break_a_connection() -> None:
        async with pool.acquire() as connection:
            connection.broken = True

    await asyncio.gather(break_a_connection(), student.query(pool, 1))

    assert database.most == 1
    assert now() == 3


@pytest.mark.concurrency(points=1)
@pytest.mark.weather(seeds=5)
async def test_many_users_share_in_any_weather(student):
    """However long each user takes, at most `size` connections are open, and everybody is served."""
    database = Database(0.25)
    pool = student.Pool(database.connect, 3)
    seconds = [random.choice([0.5, 1.5, 2.5, -1.0]) for _ in range(15)]

    got = await together(student, pool, *seconds)

    assert got == [f"row {each}" if each > 0 else "LookupError" for each in seconds]
    assert database.most == 3


@pytest.mark.cancellation(points=2)
async def test_cancelled_waiter_takes_no_place(student):
    """A user who is cancelled while waiting ends at that moment, and takes no place."""
    database = Database()
    pool = student.Pool(database.connect, 1)
    users = [asyncio.create_task(student.query(pool, each)) for each in (4, 5, 6)]
    await asyncio.sleep(1)

    users[1].cancel()
    with pytest.raises(asyncio.CancelledError):
        await users[1]
    assert now() == 1, "The user did not end at the moment of the cancellation."
    await asyncio.gather(users[0], users[2])

    assert database.runs == [(0, 4), (4, 6)]


@pytest.mark.cancellation(points=1)
async def test_cancelled_opening_frees_the_place(student):
    """A user who is cancelled while a connection is being opened frees the place at that moment."""
    database = Database(3)
    pool = student.Pool(database.connect, 1)
    users = [asyncio.create_task(student.query(pool, each)) for each in (1, 2)]
    await asyncio.sleep(1)

    users[0].cancel()

    assert await users[1] == "row 2"
    assert now() == 6, "The place was not free at the moment of the cancellation."


@pytest.mark.cancellation(points=1)
async def test_cancelled_user_gives_the_connection_back(student):
    """A user who is cancelled while using a connection ends as cancelled, and gives it back at that moment."""
    database = Database()
    pool = student.Pool(database.connect, 1)
    users = [asyncio.create_task(student.query(pool, each)) for each in (50, 2)]
    await asyncio.sleep(1)

    users[0].cancel()

    with pytest.raises(asyncio.CancelledError):
        await users[0]
    assert await users[1] == "row 2"
    assert now() == 3
    assert len(database.opened) == 1, "The connection was not given back."


@pytest.mark.cancellation(points=2)
async def test_cancelled_at_any_await_loses_nothing(student, sandbox):
    """Wherever a user is cancelled, all places can be used afterwards, and no connection is lost."""
    database = Database(0.5)
    pool = student.Pool(database.connect, 2)

    async for attempt in sandbox.cancel_at_each_await(student.query, pool, 1):
        assert attempt.outcome == "cancelled"
        began = now()
        assert await together(student, pool, 2, 3) == ["row 2", "row 3"]
        assert now() - began <= 3.5, "A place was lost."
    await pool.aclose()

    assert database.most <= 2
    assert database.open() == 0, "A connection was lost."
