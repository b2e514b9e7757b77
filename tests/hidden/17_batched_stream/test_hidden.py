"""The hidden suite of exercise 17."""

import asyncio
import random

import pytest

NOT_CLOSED = "The log was still open when the call ended."
#: Seconds. Lines are written at multiples of 1/128 s, so that none comes at the moment when a batch is due.
MAX_WAIT = 1 + 1 / 256


def now() -> float:
    return asyncio.get_running_loop().time()


def some_moments(count: int) -> list[float]:
    """When lines are written: some close together, some after a long silence."""
    gaps = [random.choice([random.randint(1, 60), random.randint(60, 400)]) / 128 for _ in range(count)]
    return [sum(gaps[: number + 1]) for number in range(count)]


async def until(moment: float) -> None:
    await asyncio.sleep(moment - now())


class Log:
    """A log of lines that nobody can have foreseen.

    Each line is written at one of `moments`, and can be read from then on. At `end` the log ends, or fails with
    `failure`. Closing it takes `closing` seconds. `taken` is how many lines have been read.
    """

    def __init__(self, moments, *, end=1000.0, failure=None, closing=0.0):
        self.lines = [f"{number}: {random.randrange(10**9)}" for number in range(len(moments))]
        self.moments, self.end = moments, end
        self.taken, self.open, self.at_end = 0, 0, False
        self._failure, self._closing = failure, closing

    async def __aenter__(self):
        self.open += 1
        self.taken, self.at_end, self._opened = 0, False, now()

    async def __aexit__(self, *error):
        await asyncio.sleep(self._closing)
        self.open -= 1

    async def next_line(self):
        number = self.taken
        await until(self._opened + [*self.moments, self.end][number])
        if number == len(self.lines):
            self.at_end = True
            if self._failure is not None:
                raise self._failure
            return None
        self.taken += 1
        return self.lines[number]

    def due(self, batch, size):
        """When a batch has to be given to a consumer that waits for it."""
        first, last = self.lines.index(batch[0]), self.lines.index(batch[-1])
        full = self.moments[last] if last - first + 1 == size else self.end
        return min(full, self.moments[first] + MAX_WAIT, self.end)


class Table:
    """Takes batches, for `seconds` each; notes them, and when they came."""

    def __init__(self, seconds=0.0, failure=None):
        self.batches, self.moments, self.done = [], [], 0
        self._seconds, self._failure = seconds, failure

    async def insert(self, batch):
        self.batches.append(batch)
        self.moments.append(now())
        await asyncio.sleep(self._seconds)
        if self._failure is not None:
            raise self._failure
        self.done += 1

    @property
    def lines(self):
        return [line for batch in self.batches for line in batch]


@pytest.mark.correctness(points=2)
async def test_each_line_is_in_one_batch(student):
    """Each line is in one batch, once, and the lines keep their order, also after a long silence."""
    for size in (3, 1, 50):
        log, table = Log(some_moments(25)), Table()

        await student.save_all(log, table.insert, size, MAX_WAIT)

        assert table.lines == log.lines, f"With a size of {size}, lines are missing, doubled or out of order."


@pytest.mark.correctness(points=1)
async def test_any_line_is_a_line(student):
    """An empty line is a line like any other, and so is a line that equals another."""
    log, table = Log(some_moments(9)), Table()
    log.lines = random.sample(["", "", "", "started", "started", "started", "0", "None", "[]"], 9)

    await student.save_all(log, table.insert, 4, MAX_WAIT)

    assert table.lines == log.lines


@pytest.mark.correctness(points=1)
async def test_no_batch_is_empty_or_too_large(student):
    """A batch has at least one line and at most `size`, also after a silence and while the consumer is busy."""
    log, table = Log([0.25, 0.5, 6, 20, 20, 20, 20, 20.5, 30]), Table(seconds=2)

    await student.save_all(log, table.insert, 3, MAX_WAIT)

    assert [len(batch) for batch in table.batches if not 1 <= len(batch) <= 3] == []


@pytest.mark.correctness(points=1)
async def test_last_batch_may_be_short(student):
    """When the lines end, those that are left are the last batch."""
    log, table = Log([0.25, 0.5, 0.75, 1], end=1.125), Table()

    await student.save_all(log, table.insert, 3, MAX_WAIT)

    assert table.batches[1:] == [log.lines[3:]]


@pytest.mark.correctness(points=2)
async def test_failure_comes_after_the_last_batch(student):
    """When the lines fail, those that are left are the last batch; then the exception itself is raised, no group."""
    text = f"disk {random.randrange(10**6)} is gone"
    log, table = Log([0.25, 0.5, 0.75, 1], end=1.125, failure=OSError(text)), Table()

    with pytest.raises(OSError) as caught:
        await student.save_all(log, table.insert, 3, MAX_WAIT)
    assert str(caught.value) == text
    assert table.lines == log.lines


@pytest.mark.correctness(points=1)
@pytest.mark.parametrize("failure", [None, OSError("the disk is gone")], ids=["ends", "fails"])
async def test_log_without_lines_gives_no_batch(student, failure):
    """Lines that end or fail before the first give no batch."""
    table = Table()
    log = Log([], end=5.0, failure=failure)

    [ending] = await asyncio.gather(student.save_all(log, table.insert, 3, MAX_WAIT), return_exceptions=True)

    assert table.batches == []
    assert type(ending) is type(failure)


@pytest.mark.concurrency(points=2)
async def test_full_batch_comes_at_once(student):
    """A batch is given at the moment when it has `size` lines."""
    log, table = Log([0.125 * number for number in range(9)]), Table()

    await student.save_all(log, table.insert, 3, MAX_WAIT)

    assert table.moments == [0.25, 0.625, 1.0]


@pytest.mark.concurrency(points=2)
async def test_first_line_never_waits_longer(student):
    """A batch that is not full is given `max_wait` seconds after its first line, whatever comes after that line."""
    log, table = Log([0.5, 1.25, 2, 2.75, 3.5, 9], end=20.0), Table()

    await student.save_all(log, table.insert, 100, max_wait=2)

    assert table.moments == [2.5, 4.75, 11.0]
    assert table.batches == [log.lines[:3], log.lines[3:5], log.lines[5:]]


@pytest.mark.concurrency(points=1)
async def test_time_begins_with_the_first_line(student):
    """The time of a batch begins with its own first line, not with the batch before."""
    log, table = Log([0.25, 0.5, 1, 3.75, 4, 4.5, 9], end=20.0), Table()

    await student.save_all(log, table.insert, 2, max_wait=1)

    assert table.moments == [0.5, 2.0, 4.0, 5.5, 10.0]


@pytest.mark.concurrency(points=1)
@pytest.mark.parametrize("failure", [None, OSError("the disk is gone")], ids=["ends", "fails"])
async def test_last_batch_comes_at_once(student, failure):
    """The last batch is given at the moment when the lines end or fail."""
    log, table = Log([0.25, 0.75], end=0.875, failure=failure), Table()

    await asyncio.gather(student.save_all(log, table.insert, 3, MAX_WAIT), return_exceptions=True)

    assert table.moments == [0.875]


@pytest.mark.concurrency(points=2)
@pytest.mark.weather(seeds=5)
async def test_every_batch_comes_at_its_moment(student):
    """Whenever the lines come, each batch is given when it is full, when its time has come, or at the end."""
    size = random.randint(2, 5)
    log, table = Log(some_moments(30)), Table()

    await student.save_all(log, table.insert, size, MAX_WAIT)

    assert table.moments == [log.due(batch, size) for batch in table.batches]


@pytest.mark.concurrency(points=2)
@pytest.mark.parametrize("size", [2, 5])
async def test_reads_little_ahead(student, size):
    """While the consumer is busy with a batch, at most `size + 1` further lines are read."""
    log, table = Log([0.125 * number for number in range(100)]), Table(seconds=30)

    call = asyncio.create_task(student.save_all(log, table.insert, size, MAX_WAIT))
    await until(25)
    call.cancel()
    await asyncio.wait([call])

    ahead = log.taken - len(table.lines)
    assert ahead <= size + 1, "Too many lines were read ahead."


@pytest.mark.concurrency(points=1)
async def test_busy_consumer_is_left_in_peace(student):
    """However long the consumer takes for a batch, it is not interrupted."""
    log, table = Log([0.25, 2, 2.25, 2.5, 8], end=20.0), Table(seconds=5)

    [ending] = await asyncio.gather(student.save_all(log, table.insert, 3, MAX_WAIT), return_exceptions=True)

    assert table.done == len(table.batches), "The consumer was interrupted."
    assert ending is None


@pytest.mark.cancellation(points=2)
async def test_cancelled_consumer_closes_the_lines(student, sandbox):
    """When the consumer is cancelled while it waits for a batch, the lines are closed before CancelledError leaves."""
    log, table = Log([0.25, 2.75], closing=0.5), Table()

    call = asyncio.create_task(student.save_all(log, table.insert, 3, MAX_WAIT))
    await until(3)
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    assert log.open == 0, NOT_CLOSED
    assert now() == 3.5
    assert await sandbox.leftovers() == []


@pytest.mark.cancellation(points=2)
@pytest.mark.parametrize("silent", [True, False], ids=["silence", "many_lines"])
async def test_closing_the_batches_closes_the_lines(student, sandbox, silent):
    """When the consumer closes the batches, the lines have been closed before `aclose` returns."""
    moments = [0.25, 0.375] if silent else [0.125 * number for number in range(1, 90)]
    log = Log(moments, closing=0.5)

    batches = student.batched(student.follow(log), 2, MAX_WAIT)
    batch = await anext(batches)
    await until(6)
    await batches.aclose()

    assert batch == log.lines[:2]
    assert log.open == 0, NOT_CLOSED
    assert await sandbox.leftovers() == []


@pytest.mark.cancellation(points=1)
@pytest.mark.parametrize("failure", [None, LookupError("no such table")], ids=["cancelled", "fails"])
async def test_consumer_that_ends_early_leaves_nothing(student, sandbox, failure):
    """When the consumer ends while it handles a batch, its own exception comes out, and the lines are closed."""
    log = Log([0.125 * number for number in range(1, 90)], closing=0.5)
    table = Table(seconds=4.5, failure=failure)

    call = asyncio.create_task(student.save_all(log, table.insert, 2, MAX_WAIT))
    await until(4)
    if failure is None:
        call.cancel()
    await asyncio.wait([call])

    assert call.cancelled() if failure is None else type(call.exception()) is LookupError
    assert log.open == 0, NOT_CLOSED
    assert await sandbox.leftovers() == []


@pytest.mark.cancellation(points=1)
async def test_cancelled_at_any_await_closes_the_lines(student, sandbox):
    """Wherever the consumer is cancelled, it ends as cancelled, and the lines are closed."""
    log, table = Log([0.25, 0.5, 0.75, 4], end=6), Table(seconds=0.25)

    async for attempt in sandbox.cancel_at_each_await(student.save_all, log, table.insert, 2, MAX_WAIT):
        where = f"It was cancelled where it waits in line {attempt.line}."
        assert attempt.outcome == "cancelled", where
        # A log that has ended is being closed already, and only that can be interrupted.
        assert log.open == 0 or log.at_end, f"{NOT_CLOSED} {where}"
