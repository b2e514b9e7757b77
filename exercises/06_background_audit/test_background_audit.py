"""Examples: run them with ``pytest exercises/06_background_audit``."""

import asyncio

import pytest


def now():
    return asyncio.get_running_loop().time()


async def audit(seconds, error=None):
    await asyncio.sleep(seconds)
    if error is not None:
        raise error


@pytest.mark.correctness
async def test_error_is_reported(student, sandbox):
    """The exception of a job that fails goes to `on_error`, once."""
    errors = []
    background = student.Background(errors.append)

    background.spawn(audit, 1, ValueError("no paper"))
    await asyncio.sleep(2)

    assert [str(error) for error in errors] == ["no paper"]


@pytest.mark.concurrency
async def test_timetable(student, sandbox):
    """Three jobs and `drain` go as in the timetable of the README."""
    errors, pending = [], []
    background = student.Background(lambda error: errors.append(now()))

    async def look():
        for moment in (0.5, 1.5, 2.5):
            await asyncio.sleep(moment - now())
            pending.append(background.pending)

    looking = asyncio.create_task(look())
    for job in ((3,), (1, ValueError("no paper")), (2,)):
        background.spawn(audit, *job)
    await background.drain()
    await looking

    assert now() == 3
    assert errors == [1]
    assert pending == [3, 2, 1]
    assert background.pending == 0


@pytest.mark.cancellation
async def test_cancel_ends_all_jobs(student, sandbox):
    """`cancel` cancels all jobs, and returns when they have ended."""
    errors = []
    background = student.Background(errors.append)
    background.spawn(audit, 60)
    await asyncio.sleep(1)

    await background.cancel()

    assert now() == 1
    assert background.pending == 0
    assert errors == []
