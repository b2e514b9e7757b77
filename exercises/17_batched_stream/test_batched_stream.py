"""Examples: run them with ``pytest exercises/17_batched_stream``."""

import asyncio

import pytest


class Log:
    """A log whose lines are written at given moments."""

    def __init__(self, lines, end):
        self.lines, self.end = lines, end
        self.open = False

    async def __aenter__(self):
        self.open = True
        self._next = iter([*self.lines.items(), (None, self.end)])

    async def __aexit__(self, *error):
        self.open = False

    async def next_line(self):
        line, moment = next(self._next)
        await asyncio.sleep(moment - asyncio.get_running_loop().time())
        return line


class Table:
    """Notes the batches that are inserted, and when."""

    def __init__(self):
        self.inserted = []

    async def insert(self, batch):
        self.inserted.append((asyncio.get_running_loop().time(), batch))


@pytest.mark.correctness
async def test_last_batch_may_be_short(student):
    """The lines that are left at the end are the last batch."""
    log, table = Log({"a": 0, "b": 0.25, "c": 0.5}, end=0.75), Table()

    await student.save_all(log, table.insert, size=2, max_wait=1)

    assert [batch for _, batch in table.inserted] == [["a", "b"], ["c"]]


@pytest.mark.concurrency
async def test_timetable(student):
    """The batches come as in the timetable of the README."""
    log, table = Log({"a": 0, "b": 0.5, "c": 2, "d": 2.25, "e": 2.5, "f": 4}, end=4.5), Table()

    await student.save_all(log, table.insert, size=3, max_wait=1)

    assert table.inserted == [(1, ["a", "b"]), (2.5, ["c", "d", "e"]), (4.5, ["f"])]


@pytest.mark.cancellation
async def test_closing_the_batches_closes_the_lines(student):
    """When the batches are closed after the first one, the log is closed too."""
    log = Log({"a": 0, "b": 0.25, "c": 0.5}, end=60)

    batches = student.batched(student.follow(log), 2, 1)
    batch = await anext(batches)
    await batches.aclose()

    assert batch == ["a", "b"]
    assert not log.open, "The log is still open."
