"""Examples: run them with ``pytest exercises/05_callback_bridge``."""

import asyncio

import pytest


class Driver:
    """A driver whose jobs succeed after `seconds`; `aborted` holds the moments of the aborts."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.aborted: list[float] = []

    def start(self, on_success, on_error):
        async def work() -> None:
            await asyncio.sleep(self.seconds)
            on_success("3 pages")

        working = asyncio.create_task(work())

        def abort() -> None:
            working.cancel()
            self.aborted.append(asyncio.get_running_loop().time())

        return abort


async def print_page() -> str:
    """A job for `call_with_callbacks`."""
    await asyncio.sleep(2)
    return "1 page"


@pytest.mark.correctness
async def test_call_returns_the_report(student):
    """`call_async` returns what the driver reports."""
    assert await student.call_async(Driver(2).start) == "3 pages"


@pytest.mark.correctness
async def test_job_reports_its_success(student):
    """The report of the job goes to `on_success`, once."""
    reports, errors = [], []

    student.call_with_callbacks(print_page, reports.append, errors.append)
    await asyncio.sleep(10)

    assert (reports, errors) == (["1 page"], [])


@pytest.mark.concurrency
async def test_calls_wait_at_the_same_time(student):
    """Three jobs of two seconds take two seconds."""
    await asyncio.gather(*(student.call_async(Driver(2).start) for _ in range(3)))

    assert asyncio.get_running_loop().time() == 2.0


@pytest.mark.cancellation
async def test_timetable(student):
    """The first call returns at 2; the second is cancelled at 3, and its job aborted at that moment."""
    first, second = Driver(2), Driver(5)

    first_call = asyncio.create_task(student.call_async(first.start))
    await asyncio.sleep(1)
    second_call = asyncio.create_task(student.call_async(second.start))
    assert await first_call == "3 pages"
    assert asyncio.get_running_loop().time() == 2.0

    await asyncio.sleep(1)
    second_call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second_call
    assert asyncio.get_running_loop().time() == 3.0
    assert (first.aborted, second.aborted) == ([], [3.0])
