"""The hidden suite of exercise 05."""

import asyncio
import random

import pytest


def now() -> float:
    return asyncio.get_running_loop().time()


def a_report() -> str:
    """A report that nobody can have foreseen."""
    return f"{random.randrange(10**6)} pages"


def a_duration() -> float:
    """Seconds that no clockwork of tenths or whole seconds meets."""
    return random.randint(1, 9) + random.choice([0.125, 0.375, 0.625, 0.875])


class Driver:
    """Starts jobs that end when the test says so; `started` and `aborted` hold the moments of both.

    With `at_once` it calls back with that report while `start` is still running.
    """

    def __init__(self, at_once: str | None = None) -> None:
        self.started: list[float] = []
        self.aborted: list[float] = []
        self._at_once = at_once

    def start(self, on_success, on_error):
        self.started.append(now())
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
        if not self.started:
            pytest.fail("`start` has not been called.")
        return self._callbacks[number]


class TalkativeDriver(Driver):
    """Reports an error while it aborts a job."""

    def abort(self) -> None:
        super().abort()
        self.fail(RuntimeError("aborted"))


class ClockworkDriver(Driver):
    """Calls back by itself after a second, whether the job has been aborted or not."""

    def start(self, on_success, on_error):
        async def work() -> None:
            await asyncio.sleep(1)
            on_success("1 page")

        self._work = asyncio.create_task(work())
        return super().start(on_success, on_error)


class Customer:
    """Passes on a job and its two callbacks, and notes what happens to them."""

    def __init__(self, seconds: float, outcome: str | Exception) -> None:
        self.heard: list[tuple[str, object, float]] = []
        self.ended: list[tuple[str, float]] = []
        self.seconds = seconds
        self.outcome = outcome

    async def job(self) -> str:
        try:
            await asyncio.sleep(self.seconds)
        except asyncio.CancelledError:
            self.ended.append(("cancelled", now()))
            raise
        self.ended.append(("done", now()))
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome

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

    assert await student.call_async(Driver(at_once=report).start) == report


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

    assert customer.heard == [("success", customer.outcome, 2.0)]


@pytest.mark.correctness(points=1)
async def test_job_reports_its_error(student):
    """The exception of a job goes to `on_error`, once, and nothing to `on_success`."""
    text = f"tray {random.randrange(10**6)} is empty"
    customer = Customer(2, RuntimeError(text))

    customer.call(student)
    await asyncio.sleep(30)

    assert customer.heard == [("error", text, 2.0)]


@pytest.mark.correctness(points=1)
async def test_error_of_a_callback_stays_with_it(student):
    """An exception that `on_success` raises is not passed to `on_error`."""
    customer, errors = Customer(2, a_report()), []

    def on_success(report: str) -> None:
        raise ValueError(f"cannot read {report}")

    student.call_with_callbacks(customer.job, on_success, errors.append)
    await asyncio.sleep(30)

    assert customer.ended == [("done", 2.0)]
    assert errors == []


@pytest.mark.correctness(points=1)
async def test_job_survives_the_garbage_collector(student, sandbox):
    """A job lives until it ends, even if the garbage collector runs meanwhile."""
    customer = Customer(2, a_report())

    customer.call(student)
    await asyncio.sleep(1)
    await sandbox.collect_garbage()
    await asyncio.sleep(30)

    assert customer.heard == [("success", customer.outcome, 2.0)]


@pytest.mark.concurrency(points=2)
async def test_call_ends_at_the_moment_of_the_callback(student):
    """`call_async` ends at the moment of the callback."""
    driver, seconds = Driver(), a_duration()

    asyncio.get_running_loop().call_later(seconds, driver.succeed, "1 page")
    await student.call_async(driver.start)

    assert now() == seconds


@pytest.mark.concurrency(points=2)
async def test_several_calls_wait_at_the_same_time(student):
    """Several calls wait at the same time, each for its own job."""
    drivers, reports = [Driver() for _ in range(5)], [a_report() for _ in range(5)]

    calls = asyncio.gather(*(student.call_async(driver.start) for driver in drivers))
    await asyncio.sleep(2)
    for driver, report in reversed(list(zip(drivers, reports))):
        driver.succeed(report)

    assert await calls == reports
    assert now() == 2.0


@pytest.mark.concurrency(points=2)
async def test_jobs_run_at_the_same_time(student):
    """Jobs run at the same time in the background, and each calls back at the moment when it ends."""
    customers = [Customer(a_duration(), a_report()) for _ in range(3)]

    for customer in customers:
        customer.call(student)
    await asyncio.sleep(60)

    heard = [moment for customer in customers for _, _, moment in customer.heard]
    assert heard == [customer.seconds for customer in customers]


@pytest.mark.cancellation(points=2)
async def test_cancelling_aborts_the_job_once(student):
    """When the caller is cancelled, the job is aborted once and the call ends, both at that moment."""
    driver = Driver()

    call = asyncio.create_task(student.call_async(driver.start))
    await asyncio.sleep(1.25)
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    assert now() == 1.25
    assert driver.aborted == [1.25]


@pytest.mark.cancellation(points=1)
@pytest.mark.parametrize("ending", ["success", "error"])
async def test_job_that_has_called_back_is_not_aborted(student, ending):
    """A job that has called back is never aborted, whether it succeeded or failed."""
    driver = Driver()

    call = asyncio.create_task(student.call_async(driver.start))
    await asyncio.sleep(1)
    if ending == "success":
        driver.succeed("1 page")
    else:
        driver.fail(RuntimeError("the tray is empty"))
    await asyncio.wait([call])

    assert driver.aborted == []


@pytest.mark.cancellation(points=2)
async def test_callbacks_of_an_aborted_job_are_ignored(student):
    """Callbacks that come while a job is aborted, or after that, are ignored and raise nothing."""
    driver = TalkativeDriver()

    call = asyncio.create_task(student.call_async(driver.start))
    await asyncio.sleep(1)
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    driver.succeed("printed all the same")


@pytest.mark.cancellation(points=1)
async def test_cancelled_at_any_await_aborts_what_was_started(student, sandbox):
    """Wherever the call is cancelled, the job is aborted if it was started."""
    driver = ClockworkDriver()

    async for attempt in sandbox.cancel_at_each_await(student.call_async, driver.start):
        where = f"The call was cancelled while it waited in line {attempt.line}."
        assert attempt.outcome == "cancelled", where
        assert len(driver.aborted) == len(driver.started), where


@pytest.mark.cancellation(points=2)
async def test_aborting_cancels_the_job(student):
    """Aborting cancels the job at that moment, and neither callback is called."""
    customer = Customer(5, a_report())

    abort = customer.call(student)
    await asyncio.sleep(2)
    abort()
    await asyncio.sleep(30)

    assert customer.ended == [("cancelled", 2.0)]
    assert customer.heard == []


@pytest.mark.cancellation(points=1)
async def test_job_can_be_aborted_before_it_begins(student):
    """A job that is aborted at once does not run, and neither callback is called."""
    customer = Customer(5, a_report())

    abort = customer.call(student)
    abort()
    await asyncio.sleep(30)

    assert [moment for how, moment in customer.ended if how == "done"] == []
    assert customer.heard == []


@pytest.mark.cancellation(points=1)
async def test_aborting_again_does_nothing(student):
    """Aborting a job again, or after its end, does nothing and raises nothing."""
    aborted, finished = Customer(5, a_report()), Customer(1, a_report())

    abort = finished.call(student)
    await asyncio.sleep(2)
    abort()
    abort = aborted.call(student)
    await asyncio.sleep(2)
    abort()
    abort()
    await asyncio.sleep(30)
    abort()

    assert aborted.heard == []
    assert finished.heard == [("success", finished.outcome, 1.0)]
