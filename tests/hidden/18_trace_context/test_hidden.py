"""The hidden suite of exercise 18."""

import asyncio
import random

import pytest

STILL_RUNNING = "Requests were still running when the call ended."
REPORT = "https://reports.test/"


def now() -> float:
    return asyncio.get_running_loop().time()


def an_id() -> str:
    """An id that nobody can have foreseen."""
    return f"id-{random.randrange(10**9)}"


def some_urls(count: int) -> list[str]:
    return [f"https://service.test/{random.randrange(10**9)}/{number}" for number in range(count)]


def some_requests(count: int, *, urls: int = 2) -> dict[str, list[str]]:
    """The URLs that each request asks, by the id of the request."""
    return {an_id(): some_urls(urls) for _ in range(count)}


def owners(requests) -> dict[str, str]:
    """The id that each URL has to be asked with."""
    return {url: name for name, urls in requests.items() for url in urls}


@pytest.fixture
def services(http):
    """Answers each of some URLs after some seconds, with the URL's own last parts."""

    def answer(urls, seconds):
        for url in urls:
            latency = random.choice(seconds) if isinstance(seconds, list) else seconds
            http.get(url, body=f"answer of {url}", latency=latency, repeat=True)

    http.get(REPORT, body="thanks", repeat=True)
    return answer


def ids_sent(http, *, to_report=False) -> dict[str, str]:
    """The id that each URL was asked with."""
    return {
        str(request.url): request.headers.get("X-Trace-Id", "no header")
        for request in http.log
        if (str(request.url) == REPORT) is to_report
    }


@pytest.mark.correctness(points=1)
async def test_each_request_has_its_answers(student, sandbox, services):
    """`serve` returns the answers of each request, by its id, whichever is ready first; for no requests, none."""
    session = await sandbox.session()
    for count in (5, 1, 0):
        requests = some_requests(count)
        services(owners(requests), [1, 0.25, 3])

        answers = await student.serve(session, requests)

        assert answers == {name: [f"answer of {url}" for url in urls] for name, urls in requests.items()}


@pytest.mark.correctness(points=2)
@pytest.mark.weather(seeds=5)
async def test_each_request_has_its_own_id(student, sandbox, http, services):
    """Whatever a request asks carries the id of that request, however the requests alternate."""
    requests = some_requests(6, urls=4)
    services(owners(requests), [0.25, 1, 1.75])

    await student.serve(await sandbox.session(), requests)

    assert ids_sent(http) == owners(requests)


@pytest.mark.correctness(points=2)
@pytest.mark.parametrize("count", [1, 3])
async def test_id_of_the_caller_stays_the_same(student, sandbox, http, services, count):
    """After `serve` the caller still has its own id, whether there was one request or several."""
    own_id, requests = an_id(), some_requests(count)
    services(owners(requests), 1)

    await student.shift(own_id, await sandbox.session(), requests, REPORT)

    assert ids_sent(http, to_report=True) == {REPORT: own_id}


@pytest.mark.correctness(points=1)
async def test_function_has_its_result(student, sandbox):
    """`run_blocking` passes the arguments on, and returns or raises what the function does."""

    async def divide(dividend, divisor):
        await asyncio.sleep(1)
        return dividend / divisor

    divisor = random.choice([2, 4, 8])
    blocking = sandbox.blocking(divide)

    quotient = await student.run_blocking(blocking, 3, divisor)

    assert quotient == 3 / divisor
    with pytest.raises(ZeroDivisionError):
        await student.run_blocking(blocking, 3, 0)


@pytest.mark.correctness(points=2)
async def test_thread_has_the_id_of_the_caller(student, sandbox):
    """A function in a thread has the id of the caller of `run_blocking`, also when several run at the same time."""
    lines, texts = [], {an_id(): f"line {random.randrange(10**9)}" for _ in range(4)}

    async def disk(line):
        await asyncio.sleep(random.uniform(0.5, 1.5))
        lines.append(line)

    await asyncio.gather(*(student.log(own_id, sandbox.blocking(disk), text) for own_id, text in texts.items()))

    assert sorted(lines) == sorted(f"[{own_id}] {text}" for own_id, text in texts.items())


@pytest.mark.correctness(points=2)
@pytest.mark.parametrize("worker_is_first", [True, False], ids=["worker_first", "jobs_first"])
async def test_job_has_the_id_of_its_submitter(student, sandbox, http, services, worker_is_first):
    """A job has the id of its submitter from its start to its end, whoever runs the worker."""
    orders, session, jobs = some_requests(3), await sandbox.session(), student.JobQueue()
    services(owners(orders), [0.5, 1])

    worker = asyncio.create_task(jobs.run_worker()) if worker_is_first else None
    await asyncio.sleep(1)
    for own_id, urls in orders.items():
        await student.order(own_id, jobs, session, urls)
    worker = worker or asyncio.create_task(jobs.run_worker())
    await asyncio.sleep(20)
    worker.cancel()

    assert ids_sent(http) == owners(orders)


@pytest.mark.correctness(points=1)
async def test_jobs_run_in_order(student, sandbox, http, services):
    """The jobs run in the order in which they were submitted, whatever their ids."""
    ids = [an_id(), an_id()]
    orders = [(ids[number % 2], some_urls(2)) for number in range(5)]
    submitted = [url for _, urls in orders for url in urls]
    session, jobs = await sandbox.session(), student.JobQueue()
    services(submitted, [0.5, 1])

    for own_id, urls in orders:
        await student.order(own_id, jobs, session, urls)
    worker = asyncio.create_task(jobs.run_worker())
    await asyncio.sleep(30)
    worker.cancel()

    assert [str(request.url) for request in http.log] == submitted


@pytest.mark.concurrency(points=3)
async def test_requests_are_handled_together(student, sandbox, http, services):
    """`serve` handles all requests at the same time: it takes as long as the longest of them."""
    requests = some_requests(4)
    services(owners(requests), 1)

    await student.serve(await sandbox.session(), requests)

    assert now() == 2.0
    assert http.peak_in_flight == 4


@pytest.mark.concurrency(points=2)
async def test_loop_is_free_meanwhile(student, sandbox):
    """While a function runs in `run_blocking`, the event loop is free."""

    async def disk(line):
        await asyncio.sleep(3)

    call = asyncio.create_task(student.log(an_id(), sandbox.blocking(disk), "a line"))
    await asyncio.sleep(0.5)
    blocked_for = await sandbox.heartbeat()
    await call

    assert blocked_for == 0
    assert now() == 3.0


@pytest.mark.concurrency(points=2)
async def test_one_job_at_a_time(student, sandbox, http, services):
    """The jobs run one at a time, and each begins at the moment when the one before it ends."""
    orders, session, jobs = some_requests(4, urls=1), await sandbox.session(), student.JobQueue()
    services(owners(orders), 1.25)

    worker = asyncio.create_task(jobs.run_worker())
    for own_id, urls in orders.items():
        await student.order(own_id, jobs, session, urls)
    await asyncio.sleep(30)
    worker.cancel()

    assert [request.arrived for request in http.log] == [0, 1.25, 2.5, 3.75]


@pytest.mark.concurrency(points=1)
async def test_idle_worker_begins_at_once(student, sandbox, http, services):
    """A worker that has nothing to do begins a job at the moment when it is submitted."""
    orders, session, jobs = some_requests(2, urls=1), await sandbox.session(), student.JobQueue()
    services(owners(orders), 0.5)

    worker = asyncio.create_task(jobs.run_worker())
    for own_id, urls in orders.items():
        await asyncio.sleep(2.375)
        await student.order(own_id, jobs, session, urls)
    await asyncio.sleep(30)
    worker.cancel()

    assert [request.arrived for request in http.log] == [2.375, 4.75]


@pytest.mark.cancellation(points=2)
@pytest.mark.parametrize("count", [1, 3])
async def test_cancelling_abandons_the_requests(student, sandbox, http, services, count):
    """When `serve` is cancelled, it ends at that moment, and so does what its requests ask."""
    requests = some_requests(count)
    services(owners(requests), 4)

    call = asyncio.create_task(student.serve(await sandbox.session(), requests))
    await asyncio.sleep(1.5)
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    assert now() == 1.5
    assert http.in_flight == 0, STILL_RUNNING


@pytest.mark.cancellation(points=2)
async def test_cancelled_caller_keeps_its_id(student, sandbox, http, services):
    """Wherever `serve` is cancelled, its requests end, and the caller still has its own id."""
    own_id, requests = an_id(), some_requests(2)
    services(owners(requests), 1)
    session = await sandbox.session()

    async for attempt in sandbox.cancel_at_each_await(student.shift, own_id, session, requests, REPORT):
        assert attempt.outcome == "cancelled"
        assert http.in_flight == 0, STILL_RUNNING
        sent = ids_sent(http, to_report=True).get(REPORT, own_id)
        assert sent == own_id, f"It was cancelled where it waits in line {attempt.line}."


@pytest.mark.cancellation(points=1)
async def test_thread_is_not_waited_for(student, sandbox):
    """When `run_blocking` is cancelled, it ends at that moment, although its thread goes on."""

    async def disk(line):
        await asyncio.sleep(5)

    call = asyncio.create_task(student.log(an_id(), sandbox.blocking(disk), "a line"))
    await asyncio.sleep(1.5)
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    assert now() == 1.5


@pytest.mark.cancellation(points=2)
async def test_cancelled_worker_ends_its_job(student, sandbox, http, services):
    """When the worker is cancelled, it ends at that moment, its job is cancelled, and no other begins."""
    orders, session, jobs = some_requests(3, urls=1), await sandbox.session(), student.JobQueue()
    services(owners(orders), 2)

    for own_id, urls in orders.items():
        await student.order(own_id, jobs, session, urls)
    worker = asyncio.create_task(jobs.run_worker())
    await asyncio.sleep(3)
    worker.cancel()
    await asyncio.wait([worker], timeout=30)

    assert [(request.arrived, request.ended) for request in http.log] == [(0, 2), (2, 3)]
    assert worker.cancelled(), "The worker goes on."
    assert now() == 3.0


@pytest.mark.cancellation(points=1)
async def test_idle_worker_can_be_cancelled(student):
    """A worker that has nothing to do ends at the moment when it is cancelled."""
    worker = asyncio.create_task(student.JobQueue().run_worker())
    await asyncio.sleep(1)
    worker.cancel()

    with pytest.raises(asyncio.CancelledError):
        await worker
    assert now() == 1.0
