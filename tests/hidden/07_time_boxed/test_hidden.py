"""The hidden suite of exercise 7."""

import asyncio
import random

import aiohttp
import pytest


def now() -> float:
    return asyncio.get_running_loop().time()


class Ferries:
    """Companies that quote over mocked HTTP, under URLs and prices that nobody can have foreseen."""

    def __init__(self, http):
        self.http = http
        self.urls = []
        self.prices = []

    def quotes(self, latency, *, withdrawal=0.0, price=None, status=200):
        """A company that answers after `latency` seconds; its URL."""
        url = f"https://ferries.test/{random.randrange(10**9)}"
        self.urls.append(url)
        self.prices.append(random.randrange(1, 10**6) / 4 if price is None else price)
        self.http.get(url, payload={"price": self.prices[-1]}, latency=latency, status=status, repeat=True)
        self.http.delete(url, latency=withdrawal, repeat=True)
        return url

    def asked(self):
        """When each question arrived and when it ended."""
        return [(request.arrived, request.ended) for request in self.http.log if request.method == "GET"]

    def withdrawn(self):
        """When each withdrawal that was answered arrived and ended."""
        return [
            (request.arrived, request.ended)
            for request in self.http.log
            if request.method == "DELETE" and request.how == "answered"
        ]


@pytest.fixture
def ferries(http):
    return Ferries(http)


@pytest.mark.correctness(points=2)
async def test_only_a_late_price_is_replaced(student, sandbox, ferries):
    """A price that arrives in time is returned, even if it is 0; a late one is replaced by the default."""
    paid, free, late = ferries.quotes(1), ferries.quotes(1, price=0.0), ferries.quotes(60)
    default = random.randrange(1, 10**6) / 8
    session = await sandbox.session()

    assert await student.quote_or_default(session, paid, 2, default) == ferries.prices[0]
    assert await student.quote_or_default(session, free, 2, default) == 0.0
    assert await student.quote_or_default(session, late, 2, default) == default


@pytest.mark.correctness(points=1)
async def test_there_is_an_entry_for_each_url(student, sandbox, ferries):
    """`quotes_within` returns an entry for each URL, in order: None if it was late or nobody was asked."""
    for latency in [0.5, 9, 1.5, 9, 0.5]:
        ferries.quotes(latency)
    first, _, third, _, _ = ferries.prices

    prices = await student.quotes_within(await sandbox.session(), ferries.urls, each=2, total=5)

    assert prices == [first, None, third, None, None]


@pytest.mark.correctness(points=1)
async def test_url_that_comes_twice_is_asked_twice(student, sandbox, http):
    """A URL that comes twice is asked twice, and each of its entries is what that question gave."""
    url, *prices = "https://ferries.test/twice", *random.sample(range(1, 10**6), 2)
    for price in prices:
        http.get(url, payload={"price": price / 4}, latency=0.5)

    quotes = await student.quotes_within(await sandbox.session(), [url, url], each=2, total=5)

    assert quotes == [price / 4 for price in prices]


@pytest.mark.correctness(points=1)
async def test_failure_is_raised_as_it_is(student, sandbox, ferries):
    """An exception that `ask` raises is raised as it is: no default takes its place, and no group wraps it."""
    status = random.choice([403, 404, 500, 503])
    ferries.quotes(1, status=status)
    session = await sandbox.session()

    with pytest.raises(aiohttp.ClientResponseError) as first:
        await student.quote_or_default(session, ferries.urls[0], 2, 7.25)
    with pytest.raises(aiohttp.ClientResponseError) as second:
        await student.quotes_within(session, ferries.urls, each=2, total=9)
    assert (first.value.status, second.value.status) == (status, status)


@pytest.mark.correctness(points=2)
async def test_timeout_of_the_session_is_raised(student, sandbox, ferries):
    """A `TimeoutError` that `ask` raises, because the session's time limit is shorter, is raised as it is."""
    ferries.quotes(60)
    session = await sandbox.session(timeout={"total": 1})

    with pytest.raises(TimeoutError):
        await student.quote_or_default(session, ferries.urls[0], 3, 7.25)


@pytest.mark.correctness(points=2)
async def test_timeout_of_the_session_ends_the_round(student, sandbox, ferries):
    """`quotes_within` raises the `TimeoutError` of a session too; only its own limits lead to None."""
    ferries.quotes(0.5)
    ferries.quotes(60)
    session = await sandbox.session(timeout={"total": 1})

    with pytest.raises(TimeoutError):
        await student.quotes_within(session, ferries.urls, each=3, total=9)


@pytest.mark.concurrency(points=1)
async def test_price_is_returned_when_it_arrives(student, sandbox, ferries):
    """A price in time is returned at the moment when it arrives, and no task is left."""
    ferries.quotes(0.5)

    await student.quote_or_default(await sandbox.session(), ferries.urls[0], 4, 7.25)

    assert now() == 0.5, "The call did not end when the price had arrived."
    assert await sandbox.leftovers() == []


@pytest.mark.concurrency(points=2)
async def test_late_question_is_abandoned(student, sandbox, ferries, http):
    """A late question is cancelled at the limit, and the call returns when the withdrawal has ended."""
    ferries.quotes(60, withdrawal=0.75)
    seconds = random.choice([1.0, 2.5, 4.0])

    await student.quote_or_default(await sandbox.session(), ferries.urls[0], seconds, 7.25)

    assert http.in_flight == 0, "A request was still running when the call returned."
    assert ferries.asked() == [(0, seconds)]
    assert ferries.withdrawn() == [(seconds, seconds + 0.75)]
    assert now() == seconds + 0.75


@pytest.mark.concurrency(points=2)
async def test_next_is_asked_when_the_question_before_has_ended(student, sandbox, ferries):
    """The companies are asked one after another; each question is abandoned after `each` seconds."""
    for latency in [0.5, 9, 0.75, 9]:
        ferries.quotes(latency, withdrawal=0.25)

    await student.quotes_within(await sandbox.session(), ferries.urls, each=1, total=20)

    assert ferries.asked() == [(0, 0.5), (0.5, 1.5), (1.75, 2.5), (2.5, 3.5)]
    assert now() == 3.75


@pytest.mark.concurrency(points=2)
async def test_total_ends_the_round(student, sandbox, ferries, http):
    """After `total` seconds the running question is abandoned, and no other company is asked."""
    for _ in range(4):
        ferries.quotes(0.75, withdrawal=0.5)

    await student.quotes_within(await sandbox.session(), ferries.urls, each=1, total=2)

    assert http.in_flight == 0, "A request was still running when the call returned."
    assert ferries.asked() == [(0, 0.75), (0.75, 1.5), (1.5, 2)]
    assert ferries.withdrawn() == [(2, 2.5)], "The withdrawals are not those of the question that was abandoned."
    assert now() == 2.5


@pytest.mark.concurrency(points=1)
@pytest.mark.weather(seeds=5)
async def test_limits_hold_in_any_weather(student, sandbox, ferries):
    """However long the companies take, a question lasts `each` seconds at most, and the round `total` seconds."""
    for _ in range(12):
        ferries.quotes(random.uniform(0.1, 2))

    await student.quotes_within(await sandbox.session(), ferries.urls, each=1, total=6)

    asked = ferries.asked()
    assert max(round(ended - arrived, 6) for arrived, ended in asked) <= 1, "A question took too long."
    assert max(round(ended, 6) for _, ended in asked) <= 6, "The round took too long."
    assert await sandbox.leftovers() == []


@pytest.mark.cancellation(points=2)
async def test_cancelling_abandons_the_question(student, sandbox, ferries, http):
    """When the caller is cancelled, the question is abandoned at that moment; then CancelledError is raised."""
    ferries.quotes(60, withdrawal=0.5)

    call = asyncio.create_task(student.quote_or_default(await sandbox.session(), ferries.urls[0], 3, 7.25))
    await asyncio.sleep(1)
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    assert http.in_flight == 0, "A request was still running when the call ended."
    assert ferries.asked() == [(0, 1)]
    assert ferries.withdrawn() == [(1, 1.5)]


@pytest.mark.cancellation(points=2)
async def test_cancelling_ends_the_round(student, sandbox, ferries, http):
    """When `quotes_within` is cancelled, its question is abandoned at that moment, and no other company is asked."""
    for latency in [0.5, 60, 0.5]:
        ferries.quotes(latency, withdrawal=0.5)

    call = asyncio.create_task(student.quotes_within(await sandbox.session(), ferries.urls, each=3, total=5))
    await asyncio.sleep(1)
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    assert http.in_flight == 0, "A request was still running when the call ended."
    await asyncio.sleep(30)
    assert ferries.asked() == [(0, 0.5), (0.5, 1)], "The questions did not end with the cancellation."
    assert ferries.withdrawn() == [(1, 1.5)]


@pytest.mark.cancellation(points=1)
async def test_cancelled_during_the_withdrawal(student, sandbox, ferries):
    """A cancellation during a withdrawal ends the call with CancelledError, not with the default."""
    ferries.quotes(60, withdrawal=2)

    call = asyncio.create_task(student.quote_or_default(await sandbox.session(), ferries.urls[0], 1, 7.25))
    await asyncio.sleep(1.5)
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call


@pytest.mark.cancellation(points=1)
async def test_cancelled_at_any_await_asks_nobody_else(student, sandbox, ferries):
    """Wherever `quotes_within` is cancelled, it ends as cancelled, and no other company is asked."""
    for latency in [0.5, 60, 1]:
        ferries.quotes(latency, withdrawal=0.25)
    session = await sandbox.session()

    async for attempt in sandbox.cancel_at_each_await(student.quotes_within, session, ferries.urls, each=2, total=5):
        assert attempt.outcome == "cancelled", f"Cancelled where it waits in line {attempt.line}, it went on."
        asked = len(ferries.asked())
        await asyncio.sleep(30)
        assert len(ferries.asked()) == asked, "Another company was asked."
