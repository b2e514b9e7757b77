"""The hidden suite of exercise 28."""

import asyncio
import random

import aiohttp
import pytest
from aiohttp import web

#: How a call may fail where it is the matter of another test which exception it is.
FAILURES = (aiohttp.ClientError, TimeoutError, ExceptionGroup)


def now() -> float:
    return asyncio.get_running_loop().time()


class Catalogue:
    """Products with ids that nobody can have foreseen, in a mocked shop."""

    def __init__(self, http):
        self.base = f"https://shop.test/{random.randrange(10**9)}"
        self.products = {}
        self._http = http

    def url(self, number):
        return f"{self.base}/products/{number}"

    def ids(self, count):
        return random.sample(range(10**6), count)

    def sells(self, number, latency=1.0):
        self.products[number] = {"name": f"product {random.randrange(10**9)}", "price": random.randrange(1000)}
        self._http.get(self.url(number), payload=self.products[number], latency=latency, repeat=True)

    def answers(self, number, status, latency=1.0):
        self._http.get(self.url(number), status=status, payload={"error": status}, latency=latency, repeat=True)


@pytest.fixture
def catalogue(http):
    return Catalogue(http)


class Server:
    """A shop that sees its connections. A product takes a second, its body half of it; `broken` is one that fails."""

    def __init__(self, broken=None):
        self.connections = set()
        self.host = f"shop-{random.randrange(10**9)}.test"
        self.base = f"http://{self.host}:8080"
        self._broken = broken
        self._runner = web.ServerRunner(web.Server(self._answer, handler_cancellation=True))

    async def start(self):
        await self._runner.setup()
        await web.TCPSite(self._runner, self.host, 8080).start()
        return self

    @property
    def open_connections(self):
        return len(self._runner.server.connections)

    async def _answer(self, request):
        self.connections.add(request.transport)
        broken = request.path == f"/products/{self._broken}"
        answer = web.StreamResponse(status=500 if broken else 200, headers={"Content-Type": "application/json"})
        answer.content_length = 2
        await asyncio.sleep(0.5)
        await answer.prepare(request)
        await asyncio.sleep(0.5)
        await answer.write(b"{}")
        return answer


async def sessions_left_open(sandbox) -> int:
    """How many sessions nobody has closed: they are collected now, and complain."""
    await sandbox.collect_garbage()
    return sum(note.text.startswith("A session was never closed") for note in sandbox.notes)


@pytest.mark.correctness(points=2)
async def test_each_id_has_its_product(student, catalogue):
    """The result maps each id to its product, whichever arrives first."""
    ids = catalogue.ids(20)
    for number in ids:
        catalogue.sells(number, latency=random.choice([0.5, 1.0, 2.0]))

    assert await student.sync_catalog(catalogue.base, ids, limit=5) == catalogue.products


@pytest.mark.correctness(points=1)
async def test_missing_products_are_left_out(student, catalogue):
    """A product whose answer is a 404 is left out, and the others are there."""
    ids = catalogue.ids(6)
    for number in ids[::2]:
        catalogue.sells(number)
    for number in ids[1::2]:
        catalogue.answers(number, 404)

    assert await student.sync_catalog(catalogue.base, ids, limit=2) == catalogue.products


@pytest.mark.correctness(points=1)
async def test_takes_any_iterable(student, catalogue):
    """The ids may come from any iterable, such as a generator; there may be fewer than the limit, or none."""
    ids = catalogue.ids(3)
    for number in ids:
        catalogue.sells(number)

    products = await student.sync_catalog(catalogue.base, (number for number in ids), limit=5)

    assert products == catalogue.products
    assert await student.sync_catalog(catalogue.base, [], limit=5) == {}


@pytest.mark.correctness(points=1)
async def test_bad_status_is_raised_as_it_is(student, catalogue):
    """A status of 400 or more that is not 404 makes the call fail with its ClientResponseError, not with a group."""
    for status in random.sample([400, 403, 410, 429, 500, 503], 3):
        good, bad = catalogue.ids(2)
        catalogue.sells(good, latency=1)
        catalogue.answers(bad, status, latency=2)

        with pytest.raises(aiohttp.ClientResponseError) as caught:
            await student.sync_catalog(catalogue.base, [good, bad], limit=2)
        assert caught.value.status == status


@pytest.mark.correctness(points=0.5)
async def test_lost_connection_is_raised_as_it_is(student, catalogue, http):
    """A lost connection makes the call fail with its ClientConnectionError, not with a group."""
    good, lost = catalogue.ids(2)
    catalogue.sells(good)
    http.get(catalogue.url(lost), exception=aiohttp.ServerDisconnectedError(), latency=2)

    with pytest.raises(aiohttp.ClientConnectionError):
        await student.sync_catalog(catalogue.base, [good, lost], limit=2)


@pytest.mark.correctness(points=1)
async def test_session_is_closed_at_the_end(student, sandbox):
    """When the call returns, its session is closed, and so is every connection."""
    server = await Server().start()

    await student.sync_catalog(server.base, list(range(7)), limit=3)

    assert server.open_connections == 0, "Connections are still open."
    assert await sessions_left_open(sandbox) == 0, "A session was never closed."


@pytest.mark.concurrency(points=2)
async def test_never_more_than_limit_and_never_fewer(student, catalogue, http):
    """Twenty requests of half a second, five at a time, take two seconds."""
    ids = catalogue.ids(20)
    for number in ids:
        catalogue.sells(number, latency=0.5)

    await student.sync_catalog(catalogue.base, ids, limit=5)

    assert http.peak_in_flight <= 5, "Too many requests were running at once."
    assert now() == 2.0, "The limit was not fully used."


@pytest.mark.concurrency(points=1)
async def test_next_starts_as_soon_as_one_ends(student, catalogue, http):
    """A slow answer does not hold back the others, and a missing product frees its place like any other."""
    ids = catalogue.ids(6)
    for number, latency in zip(ids, [4, 1, 1, 1, 1, 1]):
        if latency == 1 and random.random() < 0.5:
            catalogue.answers(number, 404, latency)
        else:
            catalogue.sells(number, latency)

    await student.sync_catalog(catalogue.base, ids, limit=2)

    starts = [request.arrived for request in http.log]
    assert starts == [0, 0, 1, 2, 3, 4], "The requests did not start when a place became free."


@pytest.mark.concurrency(points=1)
@pytest.mark.weather(seeds=5)
async def test_limit_holds_in_any_weather(student, catalogue, http):
    """However long each answer takes, at most `limit` requests are running, and the limit is used."""
    ids = catalogue.ids(15)
    for number in ids:
        catalogue.sells(number, latency=random.choice([0.1, 0.5, 1.0]))

    await student.sync_catalog(catalogue.base, ids, limit=4)

    assert http.peak_in_flight <= 4, "Too many requests were running at once."
    assert http.peak_in_flight == 4, "The limit was not fully used."


@pytest.mark.concurrency(points=2)
async def test_connections_are_used_again(student):
    """No more than `limit` connections are opened for all products together."""
    server = await Server().start()

    await student.sync_catalog(server.base, list(range(12)), limit=3)

    assert len(server.connections) <= 3, "Too many connections were opened."
    assert now() == 4.0


@pytest.mark.cancellation(points=1)
async def test_failure_stops_the_others(student, catalogue, http):
    """When a request fails, the call fails at that moment, running requests are cancelled, and no other starts."""
    ids = catalogue.ids(8)
    for position, number in enumerate(ids):
        if position == 1:
            catalogue.answers(number, 500, latency=1)
        else:
            catalogue.sells(number, latency=5)

    with pytest.raises(FAILURES):
        await student.sync_catalog(catalogue.base, ids, limit=3)

    assert now() == 1.0, "The call did not fail at the moment of the failure."
    assert http.in_flight == 0, "Requests are still running."
    await asyncio.sleep(30)
    assert [request.arrived for request in http.log if request.arrived > 1.0] == [], "Requests started later."


@pytest.mark.cancellation(points=1)
async def test_session_is_closed_after_a_failure(student, sandbox):
    """When a request fails, the session and every connection are closed before the exception is raised."""
    server = await Server(broken=5).start()

    with pytest.raises(FAILURES):
        await student.sync_catalog(server.base, list(range(9)), limit=3)
    # A request that was about to connect in this very instant is given the chance to notice.
    await sandbox.settle()

    assert server.open_connections == 0, "Connections are still open."
    assert await sessions_left_open(sandbox) == 0, "A session was never closed."


@pytest.mark.cancellation(points=2)
async def test_cancelling_abandons_the_requests(student, catalogue, http):
    """When the caller is cancelled, the running requests are cancelled at that moment and no other starts."""
    ids, moment = catalogue.ids(8), random.choice([0.5, 1.5, 2.5])
    for number in ids:
        catalogue.sells(number, latency=4)

    call = asyncio.create_task(student.sync_catalog(catalogue.base, ids, limit=3))
    await asyncio.sleep(moment)
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    assert now() == moment, "The call did not end at the moment it was cancelled."
    assert http.in_flight == 0, "Requests are still running."
    await asyncio.sleep(30)
    assert [request.arrived for request in http.log if request.arrived > moment] == [], "Requests started later."


@pytest.mark.cancellation(points=1)
async def test_cancelled_at_any_await_closes_everything(student, sandbox):
    """Wherever the call is cancelled, it ends as cancelled, and its session and every connection are closed."""
    server = await Server().start()

    async for attempt in sandbox.cancel_at_each_await(student.sync_catalog, server.base, list(range(4)), limit=2):
        assert attempt.outcome == "cancelled"
        assert server.open_connections == 0, "Connections are still open."
        assert await sessions_left_open(sandbox) == 0, "A session was never closed."
