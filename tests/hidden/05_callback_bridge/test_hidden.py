"""The hidden suite of exercise 05."""

import asyncio
import random
import weakref

import pytest


def now() -> float:
    return asyncio.get_running_loop().time()


def a_report() -> str:
    """A report that nobody can have foreseen."""
    return f"{random.randrange(10**6)} pages"


class Driver:
    """Starts jobs that end when the test says so; `aborted` holds the moments of the aborts.

    With `at_once` it calls back with that report while `start` is still running.
    """

    def __init__(self, at_once: str | None = None) -> None:
        self.aborted: list[float] = []
        self._at_once = at_once

    def start(self, on_success, on_error):
        self._callbacks = (on_success, on_error)
        if self._at_once is not None:
            on_success(self._at_once)
        return self.abort

    def abort(self) -> None:
        self.aborted.append(now())

    def succeed(self, report: str) -> None:
        self._callback(0)(report)

    def fail(self, error: Exception) -> None:
        self._callback(1)(error)

    def _callback(self, number: int):
        callbacks = getattr(self, "_callbacks", None)
        assert callbacks is not None, "`start` has not been called."
        return callbacks[number]


class TalkativeDriver(Driver):
    """Reports an error while it aborts a job, and another after that."""

    def abort(self) -> None:
        super().abort()
        self.fail(RuntimeError("aborted"))


class Customer:
    """Passes on a job and its two callbacks, and notes what happens to them."""

    def __init__(self, seconds: float, outcome: str | Exception) -> None:
        self.heard: list[tuple[str, object, float]] = []
        self.job_ended: list[tuple[str, float]] = []
        self._seconds = seconds
        self._outcome = outcome

    async def job(self) -> str:
        try:
            await asyncio.sleep(self._seconds)
        except asyncio.CancelledError:
            self.job_ended.append(("cancelled", now()))
            raise
        self.job_ended.append(("done", now()))
        if isinstance(self._outcome, Exception):
            raise self._outcome
        return self._outcome

    def on_success(self, report: str) -> None:
        self.heard.append(("success", report, now()))

    def on_error(self, error: Exception) -> None:
        self.heard.append(("error", str(error), now()))

    def call(self, student):
        """Have the job run; the function that aborts it."""
        return student.call_with_callbacks(self.job, self.on_success, self.on_error)


@pytest.mark.correctness(points=2)
async def test_call_returns_the_report(student):
    """`call_async` returns the report that the driver calls back with."""
    driver, report = Driver(), a_report()

    call = asyncio.create_task(student.call_async(driver.start))
    await asyncio.sleep(1)
    driver.succeed(report)

    assert await call == report


@pytest.mark.correctness(points=2)
async def test_call_raises_the_error(student, sandbox):
    """`call_async` raises the error that the driver calls back with."""
    driver, printer_error, text = Driver(), sandbox.error("PrinterError"), f"tray {random.randrange(10**6)} is empty"

    call = asyncio.create_task(student.call_async(driver.start))
    await asyncio.sleep(1)
    driver.fail(printer_error(text))

    with pytest.raises(printer_error) as caught:
        await call
    assert str(caught.value) == text


@pytest.mark.correctness(points=1)
async def test_driver_may_call_back_inside_start(student):
    """The driver may call back while `start` is still running."""
    report = a_report()
    driver = Driver(at_once=report)

    assert await student.call_async(driver.start) == report
    assert driver.aborted == []


@pytest.mark.correctness(points=2)
async def test_only_the_first_callback_counts(student):
    """Only the first callback counts; later ones are ignored and raise nothing."""
    driver, report = Driver(), a_report()

    call = asyncio.create_task(student.call_async(driver.start))
    await asyncio.sleep(1)
    driver.succeed(report)
    driver.succeed("printed twice")
    driver.fail(RuntimeError("too late"))

    assert await call == report
    driver.succeed("printed again")


@pytest.mark.correctness(points=1)
async def test_job_reports_its_success(student):
    """The report of a job goes to `on_success`, once, and nothing to `on_error`."""
    customer = Customer(2, a_report())

    customer.call(student)
    await asyncio.sleep(30)

    assert customer.heard == [("success", customer._outcome, 2.0)]


@pytest.mark.correctness(points=1)
async def test_job_reports_its_error(student):
    """The exception of a job goes to `on_error`, once, and nothing to `on_success`."""
    text = f"tray {random.randrange(10**6)} is empty"
    customer = Customer(2, RuntimeError(text))

    customer.call(student)
    await asyncio.sleep(30)

    assert customer.heard == [("error", text, 2.0)]
