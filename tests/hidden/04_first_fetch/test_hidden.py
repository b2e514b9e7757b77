"""The hidden suite of exercise 04."""

import asyncio
import random

import aiohttp
import pytest
from aiohttp import web

STILL_OPEN = "A connection is still open."


def now() -> float:
    return asyncio.get_running_loop().time()


def pages(count: int) -> list[str]:
    """URLs that nobody can have foreseen."""
    coast = random.randrange(10**9)
    return [f"https://tides.test/{coast}/{number}" for number in range(count)]


class Harbour:
    """A real server, whose connections can be counted. `/SECONDS/WORD` answers after some seconds, `/bad` with 500."""

    def __init__(self, recorder) -> None:
        self._recorder = recorder

    async def start(self) -> None:
        app = web.Application()
        app.router.add_get("/bad/{seconds}", self._refuse)
        app.router.add_get("/{seconds}/{word}", self._answer)
        runner = web.AppRunner(app, handler_cancellation=True)
        await runner.setup()
        await web.TCPSite(runner, "harbour.test", 80).start()

    async def _answer(self, request: web.Request) -> web.Response:
        await asyncio.sleep(float(request.match_info["seconds"]))
        return web.Response(text=request.match_info["word"])

    async def _refuse(self, request: web.Request) -> web.Response:
        await asyncio.sleep(float(request.match_info["seconds"]))
        return web.Response(status=500)

    def open(self) -> int:
        """How many connections are open."""
        spans = self._recorder.trace().spans
        return sum(span.kind == "connection" and span.ending == "open" for span in spans)


@pytest.fixture
async def harbour(trial) -> Harbour:
    made = Harbour(trial.machine.recorder)
    await made.start()
    return made


@pytest.mark.correctness(points=2)
async def test_fetch_returns_the_text(student, sandbox, http):
    """`fetch` returns the page as text, fetched with the session that it is given."""
    (url,) = pages(1)
    text, mark = f"潮 {random.randrange(10**9)}", str(random.randrange(10**9))
    http.get(url, body=text, content_type="text/plain; charset=utf-8", latency=1)

    assert await student.fetch(await sandbox.session(headers={"X-Reader": mark}), url) == text
    assert [request.headers.get("X-Reader") for request in http.log] == [mark], "Another session was used."


@pytest.mark.correctness(points=2)
async def test_bad_status_is_raised(student, sandbox, http):
    """A status of 400 or more makes `fetch` raise ClientResponseError."""
    session = await sandbox.session()
    for status in (400, random.choice([403, 404, 500, 503])):
        (url,) = pages(1)
        http.get(url, status=status, body="an error page")

        with pytest.raises(aiohttp.ClientResponseError) as caught:
            await student.fetch(session, url)
        assert caught.value.status == status


@pytest.mark.correctness(points=2)
async def test_pages_come_in_order(student, http):
    """`main` returns the pages in the order of the URLs, whichever arrives first."""
    urls = pages(5)
    texts = [f"tide {random.randrange(10**9)}" for _ in urls]
    for url, text, latency in zip(urls, texts, random.sample(range(1, 9), 5)):
        http.get(url, body=text, latency=latency)

    assert await student.main(urls) == texts


@pytest.mark.correctness(points=0.5)
async def test_no_urls_no_pages(student, http):
    """Without URLs, `main` returns an empty list, and sends nothing."""
    assert await student.main([]) == []
    assert http.log == []


@pytest.mark.correctness(points=1)
async def test_failure_is_raised_as_it_is(student, http):
    """If a page fails, `main` raises the exception of that page, not a group."""
    first, second = pages(2)
    http.get(first, body="tide", latency=1)
    http.get(second, status=503, latency=2)

    with pytest.raises(aiohttp.ClientResponseError) as caught:
        await student.main([first, second])
    assert caught.value.status == 503


@pytest.mark.correctness(points=2)
async def test_nothing_is_open_at_the_end(student, harbour):
    """When `main` has returned, no connection is open."""
    words = [f"tide{random.randrange(10**9)}" for _ in range(3)]

    assert await student.main([f"http://harbour.test/1/{word}" for word in words]) == words
    assert harbour.open() == 0, STILL_OPEN


@pytest.mark.concurrency(points=2)
async def test_pages_are_fetched_at_the_same_time(student, http):
    """All pages are fetched at the same time: `main` takes as long as the slowest."""
    urls = pages(6)
    latencies = random.sample(range(1, 20), 6)
    for url, latency in zip(urls, latencies):
        http.get(url, body="tide", latency=latency)

    await student.main(urls)

    assert [request.arrived for request in http.log] == [0] * 6, "A request waited for another."
    assert now() == max(latencies)


@pytest.mark.concurrency(points=2)
async def test_one_session_for_all_pages(student, http):
    """All pages go through one session, which has at most 100 connections at a time."""
    urls = pages(130)
    for url in urls:
        http.get(url, body="tide", latency=1)

    await student.main(urls)

    assert http.peak_in_flight <= 100, "More than one session was opened, or its limit was changed."
    assert now() == 2.0, "The connections of the session were not all used."


@pytest.mark.cancellation(points=2)
async def test_failure_ends_everything(student, harbour):
    """If a page fails, `main` ends at that moment, and no connection is left open."""
    urls = ["http://harbour.test/9/slow", "http://harbour.test/bad/2", "http://harbour.test/1/quick"]
    random.shuffle(urls)

    # Which exception it is, is the matter of another test.
    with pytest.raises((aiohttp.ClientError, ExceptionGroup)):
        await student.main(urls)
    assert now() == 2.0, "`main` did not end at the moment of the failure."
    await asyncio.sleep(1)
    assert harbour.open() == 0, STILL_OPEN


@pytest.mark.cancellation(points=2)
async def test_cancelling_ends_everything(student, harbour):
    """When `main` is cancelled, it ends at that moment with CancelledError, and no connection is left open."""
    call = asyncio.create_task(student.main([f"http://harbour.test/{seconds}/tide" for seconds in (1, 5, 9)]))
    await asyncio.sleep(2)
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    assert now() == 2.0, "`main` did not end at the moment it was cancelled."
    await asyncio.sleep(1)
    assert harbour.open() == 0, STILL_OPEN


@pytest.mark.cancellation(points=1)
async def test_cancelled_at_any_await_leaves_nothing_running(student, sandbox, http):
    """Wherever `main` is cancelled, it ends as cancelled, and no request is left running."""
    urls = pages(3)
    for url in urls:
        http.get(url, body="tide", latency=1, repeat=True)

    async for attempt in sandbox.cancel_at_each_await(student.main, urls):
        assert attempt.outcome == "cancelled"
        await asyncio.sleep(0.5)
        assert http.in_flight == 0, "Requests are still running."
