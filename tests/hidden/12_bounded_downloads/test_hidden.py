"""The hidden suite of exercise 12."""

import asyncio
import random

import aiohttp
import pytest
from aiohttp import web


def now() -> float:
    return asyncio.get_running_loop().time()


def posters(count: int) -> list[str]:
    """URLs that nobody can have foreseen."""
    museum = random.randrange(10**9)
    return [f"https://museum.test/{museum}/posters/{number}" for number in range(count)]


class SlowMuseum:
    """A server that sends the head of each answer at once, and its body a second later; `peak` is how many at once."""

    def __init__(self) -> None:
        self.running = self.peak = 0

    async def start(self) -> None:
        runner = web.ServerRunner(web.Server(self._answer))
        await runner.setup()
        await web.TCPSite(runner, "slow.museum.test", 80).start()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self.running += 1
        self.peak = max(self.peak, self.running)
        response = web.StreamResponse()
        await response.prepare(request)
        await asyncio.sleep(1)
        self.running -= 1
        await response.write_eof(b"poster")
        return response


@pytest.mark.correctness(points=2)
async def test_bodies_come_in_the_order_of_the_urls(student, sandbox, http):
    """The bodies are in the order of the URLs, whichever arrives first."""
    urls = posters(6)
    bodies = [f"poster {random.randrange(10**6)}".encode() for _ in urls]
    for url, body, latency in zip(urls, bodies, [3, 1, 2, 6, 5, 4]):
        http.get(url, body=body, latency=latency)

    assert await student.download_all(await sandbox.session(), urls, limit=3) == bodies


@pytest.mark.correctness(points=1)
async def test_each_url_has_its_body(student, sandbox, http):
    """There is one body for each URL, even if a URL comes twice; for no URLs there is none."""
    session = await sandbox.session()
    first, second = posters(2)
    http.get(first, body="first", latency=1, repeat=True)
    http.get(second, body="second", latency=2)

    bodies = await student.download_all(session, [first, second, first], limit=2)

    assert bodies == [b"first", b"second", b"first"]
    assert await student.download_all(session, [], limit=2) == []


@pytest.mark.correctness(points=1)
async def test_takes_any_iterable(student, sandbox, http):
    """The URLs may come from any iterable, such as a generator, and there may be fewer than the limit."""
    urls = posters(2)
    for number, url in enumerate(urls):
        http.get(url, body=url, latency=1 + number)

    bodies = await student.download_all(await sandbox.session(), (url for url in urls), limit=5)

    assert bodies == [url.encode() for url in urls]


@pytest.mark.correctness(points=0.5)
@pytest.mark.parametrize("limit", [0, -3])
async def test_limit_below_one_is_refused(student, sandbox, http, limit):
    """A limit below 1 raises ValueError, and nothing is downloaded."""
    (url,) = posters(1)
    http.get(url, body="poster")

    with pytest.raises(ValueError):
        await student.download_all(await sandbox.session(), [url], limit=limit)
    assert http.log == []


@pytest.mark.correctness(points=1)
async def test_bad_status_is_raised_as_it_is(student, sandbox, http):
    """A status of 400 or more makes the call fail with its ClientResponseError, not with a group."""
    status = random.choice([403, 404, 500, 503])
    first, missing = posters(2)
    http.get(first, body="poster", latency=1)
    http.get(missing, status=status, latency=2)

    with pytest.raises(aiohttp.ClientResponseError) as caught:
        await student.download_all(await sandbox.session(), [first, missing], limit=2)
    assert caught.value.status == status


@pytest.mark.correctness(points=0.5)
@pytest.mark.parametrize("failure", [aiohttp.ClientConnectionError, TimeoutError])
async def test_any_failure_is_raised_as_it_is(student, sandbox, http, failure):
    """A lost connection or a timeout makes the call fail with that exception, not with a group."""
    first, lost = posters(2)
    http.get(first, body="poster", latency=1)
    http.get(lost, exception=failure(), latency=2)
    session = await sandbox.session(timeout={"total": 3})

    with pytest.raises(failure):
        await student.download_all(session, [first, lost], limit=2)


@pytest.mark.concurrency(points=2)
async def test_never_more_than_limit_and_never_fewer(student, sandbox, http):
    """Ten downloads of one second, three at a time, take four seconds."""
    urls = posters(10)
    for url in urls:
        http.get(url, body="poster", latency=1)

    await student.download_all(await sandbox.session(), urls, limit=3)

    assert http.peak_in_flight <= 3, "Too many downloads were running at once."
    assert now() == 4.0, "The allowance was not fully used."


@pytest.mark.concurrency(points=2)
async def test_next_starts_as_soon_as_one_ends(student, sandbox, http):
    """A slow download does not hold back the others: the free place is used at once."""
    urls = posters(6)
    for url, latency in zip(urls, [3, 1, 1, 1, 1, 1]):
        http.get(url, body="poster", latency=latency)

    await student.download_all(await sandbox.session(), urls, limit=2)

    starts = [request.arrived for request in http.log]
    assert starts == [0, 0, 1, 2, 3, 3], "The downloads did not start when a place became free."
    assert now() == 4.0


@pytest.mark.concurrency(points=1)
async def test_download_is_running_until_its_body_has_arrived(student, sandbox):
    """A download is running until its body has arrived, although its answer begins earlier."""
    museum = SlowMuseum()
    await museum.start()
    urls = [f"http://slow.museum.test/{number}" for number in range(6)]

    bodies = await student.download_all(await sandbox.session(), urls, limit=2)

    assert museum.peak <= 2, "Too many downloads were running at once."
    assert now() == 3.0, "The allowance was not fully used."
    assert bodies == [b"poster"] * 6


@pytest.mark.concurrency(points=1)
async def test_each_call_has_a_limit_of_its_own(student, sandbox, http):
    """The limit of a call is its own, whatever the limits of the calls before it were."""
    session = await sandbox.session()
    kept = []

    for limit in random.sample(range(1, 6), 3):
        begin, urls = now(), posters(2 * limit)
        for url in urls:
            http.get(url, body="poster", latency=1)
        await student.download_all(session, urls, limit=limit)
        starts = [request.arrived - begin for request in http.log[-2 * limit :]]
        kept.append((starts.count(0), starts.count(1)) == (limit, limit))

    assert kept == [True, True, True], "A call did not use the limit that it was given."


@pytest.mark.concurrency(points=1)
@pytest.mark.weather(seeds=5)
async def test_limit_holds_in_any_weather(student, sandbox, http):
    """However long each download takes, at most `limit` are running, and the limit is used."""
    urls = posters(20)
    for url in urls:
        http.get(url, body=url, latency=random.choice([0.1, 0.5, 1.0]))

    await student.download_all(await sandbox.session(), urls, limit=4)

    assert http.peak_in_flight <= 4, "Too many downloads were running at once."
    assert http.peak_in_flight == 4, "The allowance was not fully used."


@pytest.mark.cancellation(points=2)
async def test_failure_stops_the_others(student, sandbox, http):
    """When a download fails, the call fails at that moment, running downloads are cancelled, and no other starts."""
    urls = posters(8)
    for number, url in enumerate(urls):
        status, latency = (500, 1) if number == 1 else (200, 5)
        http.get(url, status=status, body="poster", latency=latency)

    with pytest.raises(
        (aiohttp.ClientError, TimeoutError, ExceptionGroup)
    ):  # which exception it is, is the matter of another test
        await student.download_all(await sandbox.session(), urls, limit=3)

    (failed,) = [request.ended for request in http.log if request.status == 500]
    assert now() == failed, "The call did not fail at the moment of the failure."
    assert http.in_flight == 0, "Downloads are still running."
    await asyncio.sleep(30)
    assert [request.arrived for request in http.log if request.arrived > failed] == [], "Downloads started later."


@pytest.mark.cancellation(points=2)
async def test_cancelling_abandons_the_downloads(student, sandbox, http):
    """When the caller is cancelled, the running downloads are cancelled at that moment and no other starts."""
    urls = posters(8)
    for url in urls:
        http.get(url, body="poster", latency=4)

    call = asyncio.create_task(student.download_all(await sandbox.session(), urls, limit=3))
    await asyncio.sleep(0.5)
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    assert now() == 0.5, "The call did not end at the moment it was cancelled."
    assert http.in_flight == 0, "Downloads are still running."
    await asyncio.sleep(30)
    assert [request.arrived for request in http.log if request.arrived > 0.5] == [], "Downloads started later."


@pytest.mark.cancellation(points=1)
async def test_cancelled_at_any_await_leaves_nothing_running(student, sandbox, http):
    """Wherever the call is cancelled, it ends as cancelled, and no download is left running."""
    urls = posters(4)
    for url in urls:
        http.get(url, body="poster", latency=1, repeat=True)
    session = await sandbox.session()

    async for attempt in sandbox.cancel_at_each_await(student.download_all, session, urls, limit=2):
        assert attempt.outcome == "cancelled"
        await asyncio.sleep(0.5)
        assert http.in_flight == 0, "Downloads are still running."
