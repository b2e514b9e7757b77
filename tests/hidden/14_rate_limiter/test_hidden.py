"""The hidden suite of exercise 14."""

import asyncio
import random

import pytest


def now() -> float:
    return asyncio.get_running_loop().time()


def earliest(calls: list[float], rate: int, per: float) -> list[float]:
    """When calls that come at these moments are granted, if each is granted as early as possible."""
    grants: list[float] = []
    for number, call in enumerate(calls):
        room = grants[number - rate] + per if number >= rate else 0.0
        grants.append(max(call, room, *grants[-1:]))
    return grants


def some_moments(count: int, until: int) -> list[float]:
    """Different moments in 64ths of a second, whose sums are exact."""
    return sorted(moment / 64 for moment in random.sample(range(64 * until), count))


class App:
    """An app that looks words up through one limiter, under URLs that nobody can have foreseen."""

    def __init__(self, student, session, http, rate, per, *, latency=0.0):
        self._student, self._session, self._http = student, session, http
        self._latency = latency
        self.limiter = student.RateLimiter(rate, per)
        self.words: list[str] = []

    def call(self, moment: float = 0.0) -> asyncio.Task[bytes]:
        """Look a word up at that moment."""
        word = f"{len(self.words)}-{random.randrange(10**6)}"
        self.words.append(word)
        url = f"https://dictionary.test/{word}"
        self._http.get(url, body=word, latency=self._latency)

        async def look_up() -> bytes:
            await asyncio.sleep(moment - now())
            return await self._student.fetch(self._session, self.limiter, url)

        return asyncio.create_task(look_up())

    async def call_all(self, moments: list[float]) -> None:
        await asyncio.gather(*[self.call(moment) for moment in moments])

    def sent(self) -> list[float]:
        """When the requests of this app were sent."""
        return [request.arrived for request in self._http.log if request.url.name in self.words]

    def sent_in_order(self) -> list[int]:
        """The numbers of the calls, in the order of their requests."""
        return [self.words.index(request.url.name) for request in self._http.log]


@pytest.fixture
async def open_app(student, sandbox, http):
    """Makes an app with a limiter of its own."""
    session = await sandbox.session()

    def open_app(rate, per, **options):
        return App(student, session, http, rate, per, **options)

    return open_app


@pytest.mark.correctness(points=2)
@pytest.mark.weather(seeds=5)
async def test_no_window_holds_too_many(open_app):
    """Any window of `per` seconds holds at most `rate` grants, wherever it begins."""
    rate, per = random.randint(2, 4), random.choice([0.75, 1.0, 2.5])
    app = open_app(rate, per)

    await app.call_all([0.0] * rate + some_moments(20, until=8))

    sent = app.sent()
    too_many = [(early, late) for early, late in zip(sent, sent[rate:]) if late - early < per - 1e-6]
    assert too_many == []


@pytest.mark.correctness(points=2)
async def test_a_quiet_time_saves_nothing_up(open_app):
    """A quiet time saves nothing up: in the burst after it, too, a window holds at most `rate` grants."""
    rate = random.randint(2, 4)
    app = open_app(rate, 4.0)
    start = 20 + random.randrange(64) / 64

    await app.call_all([0.0, *(start + number / 8 for number in range(rate + 1))])

    first, *_, last = app.sent()[1:]
    assert last - first >= 4.0


@pytest.mark.correctness(points=2)
async def test_calls_are_granted_in_order(open_app):
    """Calls are granted in the order in which they came."""
    app = open_app(random.randint(1, 3), 1.0)

    await app.call_all([number / 64 for number in range(9)])

    assert app.sent_in_order() == [0, 1, 2, 3, 4, 5, 6, 7, 8]


@pytest.mark.correctness(points=1)
async def test_a_call_that_comes_when_a_place_is_free_does_not_overtake(open_app):
    """A call that comes at the moment when the window has room again is granted after those who waited before."""
    app = open_app(1, 1.0)

    await app.call_all([0.0, random.randrange(1, 64) / 64, 1.0, 2.0])

    assert app.sent_in_order() == [0, 1, 2, 3]


@pytest.mark.correctness(points=1)
async def test_limiters_are_independent(open_app):
    """Each limiter counts its own grants only."""
    apps = [open_app(1, 3.0) for _ in range(3)]

    await asyncio.gather(*(app.call_all([0.0]) for app in apps))

    assert [app.sent() for app in apps] == [[0.0]] * 3


@pytest.mark.concurrency(points=1)
async def test_a_burst_is_granted_at_once(open_app):
    """`rate` calls of the same moment are granted at once, the next `rate` of them `per` seconds later, and so on."""
    per = random.choice([0.5, 2.0, 8.0])
    app = open_app(3, per)

    await app.call_all([0.0] * 8)

    assert app.sent() == [0.0, 0.0, 0.0, per, per, per, 2 * per, 2 * per]


@pytest.mark.concurrency(points=2)
async def test_the_window_slides(open_app):
    """Each place is free again `per` seconds after its own grant, not after that of another."""
    step = random.randint(2, 14) / 64
    app = open_app(2, 1.0)

    await app.call_all([0.0, 0.75 - step, 0.75, 0.76, 0.77, 9.0, 9.5])

    assert app.sent() == [0.0, 0.75 - step, 1.0, 1.75 - step, 2.0, 9.0, 9.5]


@pytest.mark.concurrency(points=2)
@pytest.mark.weather(seeds=5)
async def test_each_grant_is_as_early_as_possible(open_app):
    """Whenever calls come, each is granted as early as the limit and the order allow."""
    rate, per = random.randint(1, 4), random.choice([0.75, 1.0, 2.5])
    app, calls = open_app(rate, per), some_moments(20, until=9)

    await app.call_all(calls)

    assert app.sent() == earliest(calls, rate, per)


@pytest.mark.concurrency(points=1)
async def test_long_requests_do_not_count(open_app):
    """Only grants count: a request that takes long does not hold up the next."""
    app = open_app(2, 1.0, latency=60.0)

    await app.call_all([0.0, 0.0, 0.25, 1.5, 2.5])

    assert app.sent() == [0.0, 0.0, 1.0, 1.5, 2.5]


@pytest.mark.concurrency(points=1)
async def test_loop_is_free_while_calls_wait(open_app, sandbox):
    """While calls wait for their grants, other tasks can run."""
    app = open_app(1, 8.0)

    calls = [app.call(), app.call(0.25)]
    await asyncio.sleep(0.5)
    blocked_for = await sandbox.heartbeat()
    await asyncio.gather(*calls)

    assert blocked_for == 0


@pytest.mark.cancellation(points=1)
async def test_cancelled_call_ends_at_once(open_app):
    """A call that is cancelled while it waits ends at that moment with CancelledError, and sends nothing."""
    app = open_app(1, 8.0)
    calls = [app.call(number / 8) for number in range(3)]
    moment = 1 + random.randrange(64) / 64

    await asyncio.sleep(moment)
    cancelled = calls[random.choice([1, 2])]
    cancelled.cancel()

    with pytest.raises(asyncio.CancelledError):
        await cancelled
    assert now() == moment
    await asyncio.sleep(60)
    assert len(app.sent()) == 2


@pytest.mark.cancellation(points=2)
@pytest.mark.parametrize(("rate", "number"), [(1, 1), (1, 2), (1, 3), (2, 2), (2, 4)])
async def test_cancelled_call_leaves_no_trace(open_app, rate, number):
    """The calls behind a cancelled one are granted as if it had never come, wherever it stood in the queue."""
    app = open_app(rate, 1.0)
    calls = {n: app.call(n / 8) for n in range(6)}

    await asyncio.sleep(0.75)
    calls.pop(number).cancel()
    await asyncio.gather(*calls.values())

    assert app.sent_in_order() == list(calls)
    assert app.sent() == earliest([n / 8 for n in calls], rate, 1.0)


@pytest.mark.cancellation(points=1)
async def test_place_is_not_lost_at_the_last_moment(open_app):
    """A call that is cancelled at the very moment at which it is due does not take its place with it."""
    app = open_app(1, 1.0)
    first, second, third = [app.call(number / 8) for number in range(3)]

    await asyncio.sleep(1.0)
    second.cancel()
    await asyncio.wait([first, second, third])

    assert app.sent() == ([0.0, 1.0] if second.cancelled() else [0.0, 1.0, 2.0])


@pytest.mark.cancellation(points=1)
async def test_cancelled_at_any_await_leaves_no_trace(student, sandbox):
    """Wherever a call is cancelled, the next one is granted as if it had never come."""
    limiter = student.RateLimiter(1, 4.0)
    await limiter.acquire()

    async for attempt in sandbox.cancel_at_each_await(limiter.acquire):
        assert attempt.outcome == "cancelled", f"The call was cancelled while it waited in line {attempt.line}."

    assert now() == 4.0
    await limiter.acquire()
    assert now() == 8.0


@pytest.mark.cancellation(points=1)
async def test_no_task_is_left(open_app, sandbox):
    """`per` seconds after the last grant, the limiter has no task left."""
    app = open_app(2, 1.0)
    *calls, last = [app.call(number / 8) for number in range(6)]

    await asyncio.sleep(1.5)
    last.cancel()
    await asyncio.gather(*calls)
    await asyncio.sleep(1.5)

    assert await sandbox.leftovers() == []
