"""The hidden suite of exercise 29."""

import asyncio
import itertools
import random

import aiohttp
import pytest
from aiohttp import web


def now() -> float:
    return asyncio.get_running_loop().time()


def forecast() -> str:
    """A URL that nobody can have foreseen."""
    return f"https://weather.test/{random.randrange(10**9)}/forecast"


def always_one() -> float:
    """No jitter: the waits of the rule in full."""
    return 1.0


@pytest.mark.correctness(points=2)
async def test_retried_statuses_are_tried_again(student, sandbox, http):
    """Statuses 429, 502, 503 and 504 are tried again, and the body of the first success is returned."""
    url, body = forecast(), random.randbytes(8)
    for status in random.sample([429, 502, 503, 504], 4):
        http.get(url, status=status, body="error page")
    http.get(url, body=body)

    assert await student.get_with_retry(await sandbox.session(), url, student.Policy(attempts=5)) == body


@pytest.mark.correctness(points=0.5)
@pytest.mark.parametrize("failure", [aiohttp.ClientConnectionError, TimeoutError])
async def test_lost_connections_and_timeouts_are_tried_again(student, sandbox, http, failure):
    """After a lost connection or a timeout, the request is tried again."""
    url, body = forecast(), random.randbytes(8)
    http.get(url, exception=failure())
    http.get(url, body=body)

    assert await student.get_with_retry(await sandbox.session(), url, student.Policy(timeout=2.0)) == body


@pytest.mark.correctness(points=0.5)
@pytest.mark.parametrize("status", [404, 500])
async def test_other_statuses_are_raised_at_once(student, sandbox, http, status):
    """A status of 400 or more that is not to be retried is raised after one attempt."""
    url = forecast()
    http.get(url, status=status, repeat=True)

    with pytest.raises(aiohttp.ClientResponseError) as caught:
        await student.get_with_retry(await sandbox.session(), url, student.Policy())
    assert caught.value.status == status
    assert len(http.log) == 1, "The request was tried again."


@pytest.mark.correctness(points=1)
async def test_last_status_is_raised(student, sandbox, http):
    """After `attempts` attempts, the call raises the ClientResponseError of the last one."""
    url, statuses = forecast(), random.sample([429, 502, 503, 504], 4)
    for status in statuses:
        http.get(url, status=status)

    with pytest.raises(aiohttp.ClientResponseError) as caught:
        await student.get_with_retry(await sandbox.session(), url, student.Policy(attempts=3))
    assert len(http.log) == 3, "The number of attempts is wrong."
    assert caught.value.status == statuses[2]


@pytest.mark.correctness(points=0.5)
@pytest.mark.parametrize("failure", [aiohttp.ClientConnectionError, TimeoutError])
async def test_last_failure_is_raised(student, sandbox, http, failure):
    """When the last attempt ends with a lost connection or a timeout, that is what the call raises."""
    url = forecast()
    http.get(url, status=503)
    http.get(url, exception=failure())

    with pytest.raises(failure):
        await student.get_with_retry(await sandbox.session(), url, student.Policy(attempts=2, timeout=2.0))


@pytest.mark.concurrency(points=1)
async def test_waits_double_up_to_the_cap(student, sandbox, http):
    """The wait doubles after each failed attempt until it has reached the cap, and counts from the attempt's end."""
    url, base = forecast(), random.choice([0.5, 2.0, 4.0])
    http.get(url, status=503, latency=0.25, repeat=5)
    http.get(url, body="sunny")
    policy = student.Policy(attempts=6, base=base, cap=3 * base)

    await student.get_with_retry(await sandbox.session(), url, policy, rng=always_one)

    starts = [request.arrived for request in http.log]
    waits = [later - earlier - 0.25 for earlier, later in zip(starts, starts[1:])]
    assert waits == [base, 2 * base, 3 * base, 3 * base, 3 * base]


@pytest.mark.concurrency(points=1)
async def test_each_wait_has_its_own_jitter(student, sandbox, http):
    """Each wait is multiplied by a new random factor from `rng`, also when it has reached the cap."""
    url = forecast()
    http.get(url, status=503, repeat=4)
    http.get(url, body="sunny")
    first, second, third, fourth = [number / 16 for number in random.sample(range(1, 16), 4)]
    drawn = itertools.cycle([first, second, third, fourth])
    policy = student.Policy(attempts=5, cap=4.0)

    await student.get_with_retry(await sandbox.session(), url, policy, rng=lambda: next(drawn))

    starts = [request.arrived for request in http.log]
    waits = [later - earlier for earlier, later in zip(starts, starts[1:])]
    assert waits == [first, 2 * second, 4 * third, 4 * fourth]


@pytest.mark.concurrency(points=1)
async def test_no_wait_after_the_last_attempt(student, sandbox, http):
    """The call fails at the moment when its last attempt has failed; it does not wait again."""
    url = forecast()
    http.get(url, status=503, latency=0.5, repeat=True)

    with pytest.raises(
        (aiohttp.ClientError, TimeoutError, ExceptionGroup)
    ):  # which exception it is, is the matter of another test
        await student.get_with_retry(await sandbox.session(), url, student.Policy(attempts=2), rng=always_one)

    assert now() == http.log[-1].ended, "The call did not fail when its last attempt had failed."


@pytest.mark.concurrency(points=2)
async def test_retry_after_lengthens_the_wait(student, sandbox, http):
    """`Retry-After` lengthens the wait, beyond the cap if need be, and never shortens it."""
    url, asked = forecast(), random.randrange(40, 60)
    http.get(url, status=429, headers={"Retry-After": str(asked)})
    http.get(url, status=503, headers={"Retry-After": "1"})
    http.get(url, status=503)
    http.get(url, body="sunny")

    await student.get_with_retry(await sandbox.session(), url, student.Policy(), rng=always_one)

    assert [request.arrived for request in http.log] == [0, asked, asked + 2, asked + 6]


@pytest.mark.concurrency(points=1)
async def test_no_attempt_starts_beyond_the_budget(student, sandbox, http):
    """The call gives up at once if the next attempt would start after the budget, the time of attempts included."""
    url = forecast()
    http.get(url, status=503, latency=0.5, repeat=True)

    with pytest.raises(
        (aiohttp.ClientError, TimeoutError, ExceptionGroup)
    ):  # which exception it is, is the matter of another test
        await student.get_with_retry(await sandbox.session(), url, student.Policy(budget=3.75), rng=always_one)

    assert [request.arrived for request in http.log if request.arrived > 3.75] == [], "An attempt started too late."
    assert now() == http.log[-1].ended, "The call did not give up at once."


@pytest.mark.concurrency(points=1)
async def test_retry_after_beyond_the_budget_is_not_waited_for(student, sandbox, http):
    """The call gives up at once if `Retry-After` asks for more than the budget."""
    url = forecast()
    http.get(url, status=503, headers={"Retry-After": "60"}, repeat=True)

    with pytest.raises(
        (aiohttp.ClientError, TimeoutError, ExceptionGroup)
    ):  # which exception it is, is the matter of another test
        await student.get_with_retry(await sandbox.session(), url, student.Policy(budget=10.0), rng=always_one)

    assert now() == 0.0, "The call did not give up at once."
    assert len(http.log) == 1


@pytest.mark.concurrency(points=2)
async def test_others_go_on_while_it_waits(student, sandbox, http):
    """While a call waits, it holds no connection and does not block the event loop: another request passes."""
    url, other = forecast(), forecast()
    http.get(url, status=503, body="sorry" * 200_000)
    http.get(url, body="sunny")
    http.get(other, body="rain", latency=0.25)
    session = await sandbox.session(connector={"limit": 1})

    waiting = asyncio.create_task(student.get_with_retry(session, url, student.Policy(base=8.0), rng=always_one))
    await asyncio.sleep(0.5)
    await student.get_with_retry(session, other, student.Policy())
    assert now() == 0.75, "The other request did not pass while the first call waited."
    await waiting


@pytest.mark.cancellation(points=1)
async def test_slow_attempt_is_cancelled_at_the_timeout(student, sandbox, http):
    """An attempt that is not answered within `timeout` seconds is cancelled, and another follows."""
    url, timeout = forecast(), random.choice([0.5, 1.5, 3.0])
    http.get(url, body="too late", latency=60)
    http.get(url, body="sunny")

    body = await student.get_with_retry(await sandbox.session(), url, student.Policy(timeout=timeout))

    assert http.log[0].ended == timeout, "The request was not cancelled at the timeout."
    assert body == b"sunny"


@pytest.mark.cancellation(points=1)
async def test_timeout_covers_the_body(student, sandbox):
    """The timeout includes the body: an attempt whose body stops coming is cancelled too."""
    arrived, hung_up = [], []

    async def serve(request: web.Request) -> web.StreamResponse:
        arrived.append(now())
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"sun")
        if len(arrived) == 1:
            try:
                await asyncio.sleep(60)
            finally:
                hung_up.append(now())
        await response.write(b"ny")
        return response

    runner = web.ServerRunner(web.Server(serve, handler_cancellation=True))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 8080).start()
    policy = student.Policy(timeout=2.0)

    body = await student.get_with_retry(await sandbox.session(), "http://127.0.0.1:8080", policy)

    assert hung_up == [2.0], "The request was not cancelled at the timeout."
    assert body == b"sunny"


@pytest.mark.cancellation(points=1)
async def test_cancelled_while_waiting(student, sandbox, http):
    """A call that is cancelled while it waits ends at that moment, and no other attempt starts."""
    url, policy = forecast(), student.Policy(base=4.0)
    http.get(url, status=503, repeat=True)

    call = asyncio.create_task(student.get_with_retry(await sandbox.session(), url, policy, rng=always_one))
    await asyncio.sleep(1.5)
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    assert now() == 1.5, "The call did not end at the moment it was cancelled."
    await asyncio.sleep(60)
    assert len(http.log) == 1, "Another attempt was started."


@pytest.mark.cancellation(points=1)
async def test_cancelled_during_an_attempt(student, sandbox, http):
    """A call that is cancelled during an attempt cancels its request, and no other attempt starts."""
    url = forecast()
    http.get(url, body="sunny", latency=4, repeat=True)

    call = asyncio.create_task(student.get_with_retry(await sandbox.session(), url, student.Policy()))
    await asyncio.sleep(1.5)
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    assert now() == 1.5, "The call did not end at the moment it was cancelled."
    assert http.in_flight == 0, "The request is still running."
    await asyncio.sleep(60)
    assert len(http.log) == 1, "Another attempt was started."


@pytest.mark.cancellation(points=1)
async def test_cancelled_at_any_await(student, sandbox, http):
    """Wherever the call is cancelled, it ends as cancelled, and nothing goes on."""
    url = forecast()
    http.get(url, status=503, latency=1, repeat=True)
    session = await sandbox.session()
    policy = student.Policy(attempts=2)

    async for attempt in sandbox.cancel_at_each_await(student.get_with_retry, session, url, policy):
        assert attempt.outcome == "cancelled"
        started = len(http.log)
        await asyncio.sleep(60)
        assert len(http.log) == started, "Another attempt was started."
