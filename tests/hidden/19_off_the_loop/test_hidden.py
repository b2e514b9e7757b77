"""The hidden suite of exercise 19."""

import asyncio
import math
import random

import pytest


def now() -> float:
    return asyncio.get_running_loop().time()


class Scans:
    """A folder of scans with contents and digests that nobody can have foreseen; notes what is done with them.

    `reading` and `digesting` are the seconds that these take for each scan, in the order in which scans begin.
    The scan number `blank` is an empty file.
    """

    def __init__(self, count, *, reading=1.0, digesting=1.0, broken_read=None, broken_digest=None, blank=None):
        folder = random.randrange(1000, 10_000)
        self.paths = [f"{folder}/{number}.tiff" for number in range(count)]
        self.expected = {path: random.randbytes(8).hex() for path in self.paths}
        self.began, self.read_at, self.digesting_since, self.done = {}, {}, {}, {}
        contents = [b"" if n == blank else f"page {n} {random.randrange(10**4)}".encode() for n in range(count)]
        self._contents = dict(zip(contents, self.paths))
        self._reading = reading if isinstance(reading, list) else [reading] * count
        self._digesting = digesting if isinstance(digesting, list) else [digesting] * count
        self._broken_read, self._broken_digest = broken_read, broken_digest
        self.failed_at = math.inf

    async def read(self, path: str) -> bytes:
        number = len(self.began)
        self.began[path] = now()
        await asyncio.sleep(self._reading[number])
        self.read_at[path] = now()
        if number == self._broken_read:
            self.failed_at = now()
            raise FileNotFoundError("the disk has lost a scan")
        return next(content for content, owner in self._contents.items() if owner == path)

    async def digest(self, content: bytes) -> str:
        path = self._contents[content]
        number = len(self.digesting_since)
        self.digesting_since[path] = now()
        await asyncio.sleep(self._digesting[number])
        self.done[path] = now()
        if number == self._broken_digest:
            self.failed_at = now()
            raise ArithmeticError("a scan has no digest")
        return self.expected[path]

    def begun_after(self, moment: float) -> list[str]:
        """The reads and digests that began after `moment`."""
        works = [("read", self.began), ("digest", self.digesting_since)]
        return [f"{work} at {t:g} s" for work, starts in works for t in starts.values() if t > moment]


def peak(starts: dict[str, float], ends: dict[str, float]) -> int:
    """The greatest number that was between its start and its end at any moment."""
    return max(sum(t <= now < ends.get(path, math.inf) for path, t in starts.items()) for now in starts.values())


@pytest.fixture
def hash_scans(student, sandbox):
    """Calls the submission for some scans."""

    async def hash_scans(scans, *, pool, limit):
        read, digest = sandbox.blocking(scans.read), sandbox.blocking(scans.digest)
        return await student.hash_files(scans.paths, read, digest, cpu_pool=pool, limit=limit)

    return hash_scans


def some_seconds(count: int) -> list[float]:
    return [random.choice([0.25, 0.5, 1.0, 1.75]) for _ in range(count)]


@pytest.mark.correctness(points=2)
async def test_each_path_has_its_digest(hash_scans, sandbox):
    """Each path is returned with the digest of its own file, even an empty one, whichever is ready first."""
    scans = Scans(7, reading=[4, 1, 2, 3, 1, 2, 1], digesting=some_seconds(7), blank=random.randrange(7))

    digests = await hash_scans(scans, pool=sandbox.thread_pool(2), limit=3)

    assert digests == scans.expected


@pytest.mark.correctness(points=1)
async def test_pool_stays_open(hash_scans, sandbox):
    """The pool belongs to the caller and stays open, so that it serves the next call too."""
    pool, folders = sandbox.thread_pool(2), [Scans(3), Scans(0), Scans(1)]

    digests = [await hash_scans(scans, pool=pool, limit=2) for scans in folders]

    assert digests == [scans.expected for scans in folders]


@pytest.mark.correctness(points=2)
@pytest.mark.parametrize("work", ["read", "digest"])
async def test_failure_is_raised_as_it_is(hash_scans, sandbox, work):
    """A `read` or `digest` that fails makes the call fail with its own exception, not with a group."""
    failing = random.randrange(4)
    scans = Scans(4, **{f"broken_{work}": failing})

    with pytest.raises(FileNotFoundError if work == "read" else ArithmeticError):
        await hash_scans(scans, pool=sandbox.thread_pool(2), limit=2)


@pytest.mark.concurrency(points=2)
async def test_loop_is_free_while_files_are_read(hash_scans, sandbox):
    """The event loop is free while files are read."""
    call = asyncio.create_task(hash_scans(Scans(2, reading=4), pool=sandbox.thread_pool(2), limit=2))
    await asyncio.sleep(0.5)
    blocked_for = await sandbox.heartbeat()
    await call

    assert blocked_for == 0


@pytest.mark.concurrency(points=2)
async def test_loop_is_free_while_digests_are_computed(hash_scans, sandbox):
    """The event loop is free while digests are computed."""
    call = asyncio.create_task(hash_scans(Scans(2, digesting=4), pool=sandbox.thread_pool(2), limit=2))
    await asyncio.sleep(2.5)
    blocked_for = await sandbox.heartbeat()
    await call

    assert blocked_for == 0


@pytest.mark.concurrency(points=2)
@pytest.mark.parametrize("workers", [2, 3])
async def test_digests_run_in_the_pool(hash_scans, sandbox, workers):
    """Digests run in `cpu_pool`: as many at once as the pool has workers, even where `limit` is higher."""
    scans = Scans(6, digesting=2)

    await hash_scans(scans, pool=sandbox.thread_pool(workers), limit=5)

    digests_at_once = peak(scans.digesting_since, scans.done)
    assert digests_at_once == workers


@pytest.mark.concurrency(points=1)
async def test_reads_leave_the_pool_to_the_digests(hash_scans, sandbox):
    """Reads run in other threads than those of `cpu_pool`, as many at once as `limit` allows."""
    scans = Scans(4, reading=2)

    await hash_scans(scans, pool=sandbox.thread_pool(1), limit=4)

    reads_at_once = peak(scans.began, scans.read_at)
    assert reads_at_once == 4


@pytest.mark.concurrency(points=2)
async def test_six_files_three_at_a_time(hash_scans, sandbox):
    """Six files that take two seconds each, three at a time, take four seconds."""
    scans = Scans(6)

    await hash_scans(scans, pool=sandbox.thread_pool(3), limit=3)

    most_in_progress = peak(scans.began, scans.done)
    assert most_in_progress == 3
    assert now() == 4.0


@pytest.mark.concurrency(points=2)
@pytest.mark.weather(seeds=5)
async def test_limit_holds_and_is_used(hash_scans, sandbox):
    """However long each file takes, at most `limit` are in progress, and the next begins as soon as one is done."""
    scans = Scans(10, reading=some_seconds(10), digesting=some_seconds(10))

    await hash_scans(scans, pool=sandbox.thread_pool(2), limit=4)

    most_in_progress = peak(scans.began, scans.done)
    assert most_in_progress == 4
    later_starts, ends_before_them = sorted(scans.began.values())[4:], sorted(scans.done.values())[:-4]
    assert later_starts == ends_before_them


@pytest.mark.cancellation(points=2)
@pytest.mark.parametrize("work", ["read", "digest"])
async def test_failure_stops_the_rest(hash_scans, sandbox, work):
    """When a `read` or `digest` fails, the call fails at that moment, and no other begins later."""
    seconds = [2, 1, 3, 3, 3, 3, 3, 3]
    scans = Scans(8, **({"reading": seconds} if work == "read" else {"digesting": seconds}), **{f"broken_{work}": 1})

    with pytest.raises(FileNotFoundError if work == "read" else ArithmeticError):
        await hash_scans(scans, pool=sandbox.thread_pool(2), limit=3)

    assert now() == scans.failed_at
    await asyncio.sleep(30)
    assert scans.begun_after(scans.failed_at) == []


@pytest.mark.cancellation(points=3)
@pytest.mark.weather(seeds=5)
async def test_cancelling_ends_at_once_and_begins_nothing(hash_scans, sandbox):
    """When the caller is cancelled, the call ends at that moment, whatever runs, and nothing begins later."""
    scans = Scans(9, reading=some_seconds(9), digesting=some_seconds(9))
    call = asyncio.create_task(hash_scans(scans, pool=sandbox.thread_pool(2), limit=3))
    moment = round(random.uniform(0.1, 2.4), 3)
    await asyncio.sleep(moment)
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call

    assert now() == moment
    await asyncio.sleep(30)
    assert scans.begun_after(moment) == []


@pytest.mark.cancellation(points=1)
async def test_cancelling_withdraws_the_digests_that_wait(hash_scans, sandbox):
    """When the caller is cancelled, a digest that still waits for the pool never begins."""
    scans = Scans(3, digesting=2)
    call = asyncio.create_task(hash_scans(scans, pool=sandbox.thread_pool(1), limit=3))
    await asyncio.sleep(1.5)
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call

    await asyncio.sleep(30)
    assert scans.begun_after(1.5) == []
