"""Examples: run them with ``pytest exercises/34_price_gateway``."""

import asyncio

import aiohttp
import pytest
from aiohttp import web

QUOTE = "https://exchange.test/quotes/ACME"


def now() -> float:
    return asyncio.get_running_loop().time()


class Feed:
    """The feed of an exchange. `attempts` holds the moments at which somebody tried to connect."""

    def __init__(self):
        self.is_open = True
        self.attempts = []
        self.listeners = {}

    async def start(self):
        app = web.Application()
        app.router.add_get("/", self.listen)
        runner = web.AppRunner(app, handler_cancellation=True)
        await runner.setup()
        await web.TCPSite(runner, "feed.test", 80).start()
        return self

    async def listen(self, request):
        self.attempts.append(now())
        if not self.is_open:
            raise web.HTTPServiceUnavailable
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.listeners[socket] = request.transport
        try:
            async for _ in socket:
                pass
        finally:
            del self.listeners[socket]
        return socket

    async def bring(self, price):
        for socket in self.listeners:
            await socket.send_json({"symbol": "ACME", "price": price})

    def break_off(self):
        self.is_open = False
        for transport in self.listeners.values():
            transport.abort()


async def serve(student, sandbox):
    """Serve the gateway at gateway.test; the runner can shut it down."""
    settings = student.Settings(quotes_url="https://exchange.test/quotes", feed_url="http://feed.test/")
    app = student.make_app(settings)
    return await sandbox.serve(app, "gateway.test", 8080, handler_cancellation=True, shutdown_timeout=0.25)


async def ask(path):
    """The status and the JSON of an answer."""
    async with aiohttp.request("GET", f"http://gateway.test:8080{path}") as answer:
        return answer.status, await answer.json()


async def price():
    """The price of ACME, and its source."""
    _, body = await ask("/price/ACME")
    return body["price"], body["source"]


@pytest.mark.correctness
async def test_health_tells_of_the_feed(student, sandbox):
    """The feed is down at first; when it is there, the next attempt finds it."""
    await serve(student, sandbox)
    assert await ask("/health") == (200, {"feed": "down", "symbols": 0})

    feed = await Feed().start()
    await asyncio.sleep(2)
    await feed.bring(10)
    await asyncio.sleep(1)

    assert await ask("/health") == (200, {"feed": "up", "symbols": 1})


@pytest.mark.correctness
async def test_quote_is_fetched(student, sandbox, http):
    """A price that is not known is fetched."""
    http.get(QUOTE, payload={"symbol": "ACME", "price": 12.5})
    await serve(student, sandbox)

    assert await ask("/price/ACME") == (200, {"symbol": "ACME", "price": 12.5, "source": "http"})


@pytest.mark.concurrency
async def test_ten_requests_are_one_fetch(student, sandbox, http):
    """Ten requests for a price at the same time are one fetch of one second."""
    http.get(QUOTE, payload={"symbol": "ACME", "price": 12.5}, latency=1, repeat=True)
    await serve(student, sandbox)

    prices = await asyncio.gather(*(price() for _ in range(10)))

    assert prices == [(12.5, "http")] * 10
    assert len(http.log) == 1
    assert now() == 1.0


@pytest.mark.concurrency
async def test_timetable(student, sandbox, http):
    """The answers and the attempts to connect come when the timetable of the README says."""
    http.get(QUOTE, payload={"symbol": "ACME", "price": 11}, latency=1)
    http.get(QUOTE, timeout=True)
    feed = await Feed().start()
    await serve(student, sandbox)
    answers = []

    async def ask_at(moment):
        await asyncio.sleep(moment - now())
        answers.append((moment, await price(), now()))

    await sandbox.settle()
    await feed.bring(10)
    await ask_at(1)
    await asyncio.sleep(1)
    feed.break_off()
    for moment in (6, 11, 13):
        await ask_at(moment)
    await asyncio.sleep(3)

    assert answers == [(1, (10, "feed"), 1), (6, (11, "http"), 7), (11, (11, "http"), 11), (13, (11, "stale"), 15)]
    assert feed.attempts == [0, 3, 5, 9, 17]


@pytest.mark.cancellation
async def test_shutdown_takes_no_time(student, sandbox):
    """A shutdown takes no time, and leaves no task."""
    await Feed().start()
    runner = await serve(student, sandbox)
    await asyncio.sleep(1)

    await runner.cleanup()

    assert now() == 1.0
    assert await sandbox.leftovers() == []
