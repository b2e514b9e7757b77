"""The hidden suite of exercise 34, in the order in which a gateway can be built."""

import asyncio
import contextlib
import json
import random
import re
import string
from typing import Any, NamedTuple

import aiohttp
import pytest
from aiohttp import web
from aioresponses import CallbackResult


def now() -> float:
    return asyncio.get_running_loop().time()


def some_symbols(number: int) -> list[str]:
    """Symbols that nobody can have foreseen, no two alike."""
    return ["".join(random.choices(string.ascii_uppercase, k=6)) + letter for letter in string.ascii_uppercase[:number]]


def a_symbol() -> str:
    return some_symbols(1)[0]


def a_price() -> float:
    return random.randint(100, 99_999) / 100


def quote(symbol: str, price: float) -> dict[str, Any]:
    return {"symbol": symbol, "price": price}


class Answer(NamedTuple):
    """What the gateway answered, and when."""

    status: int
    body: Any
    retry_after: str | None
    moment: float

    @property
    def price(self) -> tuple[Any, Any]:
        """The price and its source, where there are any."""
        body = self.body if isinstance(self.body, dict) else {}
        return body.get("price"), body.get("source")


class Exchange:
    """An exchange with a feed and quotes, which sees its connections.

    `mood` is what an attempt to connect to the feed meets: it ``accepts``, ``refuses``, is ``silent``, or accepts
    and at once ``closes`` or ``breaks``, or ``babbles`` before it closes. `attempts` holds their moments.
    """

    def __init__(self, mood: str = "accepts") -> None:
        self.mood = mood
        self.attempts: list[float] = []
        self.host = f"exchange-{random.randrange(10**9)}.test"
        self.feed_url = f"http://{self.host}:8080/feed"
        self.quotes_url = f"http://{self.host}:8080/quotes"
        self.answers_quotes = True
        self.given_up: list[float] = []
        self._listeners: dict[web.WebSocketResponse, asyncio.Transport] = {}
        app = web.Application()
        app.add_routes([web.get("/feed", self._feed), web.get("/quotes/{symbol}", self._quote)])
        self._runner = web.AppRunner(app, handler_cancellation=True)

    async def open(self) -> "Exchange":
        await self._runner.setup()
        await web.TCPSite(self._runner, self.host, 8080).start()
        return self

    @property
    def open_connections(self) -> int:
        return len(self._runner.server.connections)

    async def send(self, *messages: Any) -> None:
        """Send messages to whoever listens to the feed: texts, or objects that are made JSON."""
        assert self._listeners, "Nobody is connected to the feed."
        for socket in self._listeners:
            for message in messages:
                await socket.send_str(message if isinstance(message, str) else json.dumps(message))

    def break_off(self) -> None:
        """Lose the connections of the feed."""
        for transport in self._listeners.values():
            transport.abort()

    async def _feed(self, request: web.Request) -> web.WebSocketResponse:
        self.attempts.append(now())
        if self.mood == "silent":
            await asyncio.Event().wait()
        if self.mood == "refuses":
            raise web.HTTPServiceUnavailable
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if self.mood in ("closes", "babbles"):
            if self.mood == "babbles":
                await socket.send_str("{}")
            await socket.close()
            return socket
        self._listeners[socket] = request.transport
        if self.mood == "breaks":
            request.transport.abort()
        try:
            async for _ in socket:
                pass
        finally:
            del self._listeners[socket]
        return socket

    async def _quote(self, request: web.Request) -> web.StreamResponse:
        """A quote that takes half a second, or one that comes bit by bit and never ends."""
        answer = web.StreamResponse(headers={"Content-Type": "application/json"})
        await answer.prepare(request)
        symbol = request.match_info["symbol"]
        await answer.write(f'{{"symbol": "{symbol}", '.encode())
        try:
            await asyncio.sleep(0.5)
            while not self.answers_quotes:
                await answer.write(b" ")
                await asyncio.sleep(0.5)
        except asyncio.CancelledError:
            self.given_up.append(now())
            raise
        await answer.write(b'"price": 12.5}')
        return answer


class Gateway:
    """A submission that is served. `quotes` is what the URL of each quote begins with."""

    def __init__(self, quotes: str) -> None:
        self.quotes = quotes
        self.host = f"gateway-{random.randrange(10**9)}.test"
        self.runner: Any = None

    async def ask(self, path: str) -> Answer:
        url, patience, got = f"http://{self.host}:8080{path}", aiohttp.ClientTimeout(total=60), None
        with contextlib.suppress(TimeoutError):
            async with aiohttp.request("GET", url, timeout=patience) as answer:
                is_json = answer.content_type == "application/json"
                body = await (answer.json() if is_json else answer.text())
                got = Answer(answer.status, body, answer.headers.get("Retry-After"), now())
        assert got, f"GET {path} was not answered within a minute."
        return got

    async def price(self, symbol: str) -> Answer:
        return await self.ask(f"/price/{symbol}")

    async def prices(self, symbols: list[str]) -> list[Answer]:
        return await asyncio.gather(*map(self.price, symbols))

    async def health(self) -> Any:
        return (await self.ask("/health")).body

    def later(self, symbol: str) -> asyncio.Task[Answer]:
        """A request for a price that can be cancelled: its client hangs up then."""
        return asyncio.create_task(self.price(symbol))


def fetches(http) -> list[tuple[str, float]]:
    """The symbols that were fetched, with the moments."""
    return [(request.url.path.rpartition("/")[2], request.arrived) for request in http.log]


def most_at_once(log) -> int:
    """How many of these requests were running at the same time; one that ended at a moment was not."""
    return max(
        (sum(each.arrived <= request.arrived < (each.ended or now()) for each in log) for request in log), default=0
    )


@pytest.fixture
def serve(student, sandbox):
    """Serves the submission with the feed of `exchange`, or one that is away, and quotes of `http` or of `exchange`."""

    async def serve(exchange: Exchange | None = None, *, quotes: str = "", **settings: Any) -> Gateway:
        gateway = Gateway(quotes or f"https://quotes-{random.randrange(10**9)}.test/v1")
        feed = exchange.feed_url if exchange else "http://away.test:8080/feed"
        app = student.make_app(student.Settings(quotes_url=gateway.quotes, feed_url=feed, **settings))
        gateway.runner = await sandbox.serve(app, gateway.host, 8080, handler_cancellation=True, shutdown_timeout=0.25)
        return gateway

    return serve


# Stage: health


@pytest.mark.correctness(points=0.5)
@pytest.mark.parametrize("exchange", ["away", "silent"])
async def test_starts_without_the_exchange(serve, exchange):
    """The application starts at once and answers `/health` at once, even if the exchange is away or silent."""
    gateway = await serve(None if exchange == "away" else await Exchange("silent").open())

    answer = await gateway.ask("/health")

    assert (answer.status, answer.body) == (200, {"feed": "down", "symbols": 0})
    assert now() == 0.0, "The start or the answer had to wait."


# Stage: quotes


@pytest.mark.correctness(points=2)
async def test_quote_is_fetched_and_kept(serve, http):
    """A price is fetched, answered with the source `http`, and fresh for `ttl` seconds from the end of the fetch."""
    ttl = random.randint(4, 9)
    gateway = await serve(ttl=ttl)
    symbol, other, old, new, price = *some_symbols(2), a_price(), a_price(), a_price()
    http.get(f"{gateway.quotes}/{symbol}", payload=quote(symbol, old), latency=1.0)
    http.get(f"{gateway.quotes}/{symbol}", payload=quote(symbol, new), latency=1.0)
    http.get(f"{gateway.quotes}/{other}", payload=quote(other, price))

    answers = [await gateway.price(symbol)]
    assert answers[0].status == 200
    assert answers[0].body == {"symbol": symbol, "price": old, "source": "http"}
    await asyncio.sleep(ttl - 0.25)
    answers += [await gateway.price(symbol), await gateway.price(other)]
    await asyncio.sleep(0.5)
    answers += [await gateway.price(symbol)]

    assert [answer.price for answer in answers] == [(old, "http"), (old, "http"), (price, "http"), (new, "http")]
    assert fetches(http) == [(symbol, 0), (other, ttl + 0.75), (symbol, ttl + 1.25)]
    assert (await gateway.health())["symbols"] == 2


@pytest.mark.correctness(points=1)
async def test_unknown_symbol_is_404(serve, http):
    """If the exchange answers 404, so does the gateway, even if it has an old price; the next request fetches again."""
    gateway = await serve(ttl=3)
    symbol, never = some_symbols(2)
    http.get(f"{gateway.quotes}/{symbol}", payload=quote(symbol, a_price()))
    http.get(f"{gateway.quotes}/{symbol}", status=404)
    http.get(f"{gateway.quotes}/{never}", status=404)
    http.get(f"{gateway.quotes}/{never}", payload=quote(never, a_price()))

    answers = [await gateway.price(symbol), await gateway.price(never)]
    assert await gateway.health() == {"feed": "down", "symbols": 1}
    await asyncio.sleep(4)
    answers += [await gateway.price(symbol), await gateway.price(never)]

    assert [answer.status for answer in answers] == [200, 404, 404, 200]


# Stage: single flight


@pytest.mark.concurrency(points=0.75)
@pytest.mark.parametrize("status", [200, 404, 500])
async def test_requests_share_a_fetch(serve, http, status):
    """Requests that come while their symbol is fetched wait for that fetch, and end when it ends, however it does."""
    gateway = await serve()
    symbol, price = a_symbol(), a_price()
    http.get(f"{gateway.quotes}/{symbol}", status=status, payload=quote(symbol, price), latency=1.0, repeat=True)

    async def ask_at(moment: float) -> Answer:
        await asyncio.sleep(moment)
        return await gateway.price(symbol)

    answers = await asyncio.gather(*(ask_at(number / 16) for number in range(10)))

    assert fetches(http) == [(symbol, 0)], "There was not one fetch."
    assert [answer.moment for answer in answers] == [1.0] * 10
    # What a failure is answered with is the matter of a later stage.
    if status != 500:
        assert [answer.status for answer in answers] == [status] * 10
    if status == 200:
        assert [answer.price for answer in answers] == [(price, "http")] * 10


@pytest.mark.concurrency(points=1)
@pytest.mark.parametrize("latency", [1.0, 1.5], ids=["quick", "longer_in_all_than_the_timeout"])
async def test_never_more_than_limit_fetches(serve, http, latency):
    """Up to `limit` fetches run at once; the feed takes no place, and the wait for one does not count."""
    limit = random.randint(2, 4)
    gateway = await serve(await Exchange().open(), limit=limit, timeout=2.5)
    symbols = some_symbols(3 * limit)
    prices = {symbol: a_price() for symbol in symbols}
    for symbol in symbols:
        http.get(f"{gateway.quotes}/{symbol}", payload=quote(symbol, prices[symbol]), latency=latency, repeat=True)
    await asyncio.sleep(1)

    answers = await gateway.prices(symbols * 2)

    assert most_at_once(http.log) == limit
    assert sorted(moment for _, moment in fetches(http)) == sorted([1, 1 + latency, 1 + 2 * latency] * limit)
    assert [answer.price for answer in answers] == [(prices[symbol], "http") for symbol in symbols * 2]


@pytest.mark.concurrency(points=1)
async def test_fresh_prices_never_wait(serve, http):
    """Requests for fresh prices, and for `/health`, never wait, whatever is being fetched."""
    gateway = await serve(limit=2, timeout=4)
    ready, price, *slow = a_symbol(), a_price(), *some_symbols(5)
    http.get(f"{gateway.quotes}/{ready}", payload=quote(ready, price))
    http.get(re.compile(rf"{re.escape(gateway.quotes)}/.*"), timeout=True, repeat=True)
    await gateway.price(ready)

    requests = [gateway.later(symbol) for symbol in slow]
    await asyncio.sleep(1)
    answer, health = await gateway.price(ready), await gateway.health()

    assert (answer.price, health["symbols"]) == ((price, "http"), 1)
    assert now() == 1.0, "An answer had to wait."
    assert [request.done() for request in requests] == [False] * 5


@pytest.mark.cancellation(points=0.75)
@pytest.mark.parametrize("number", [0, 1, 2], ids=["first", "second", "third"])
async def test_who_hangs_up_does_not_disturb_the_others(serve, http, number):
    """When a client hangs up, whichever it is, the others that wait for the same fetch get its answer."""
    gateway = await serve()
    symbol, price = a_symbol(), a_price()
    http.get(f"{gateway.quotes}/{symbol}", payload=quote(symbol, price), latency=1.0, repeat=True)

    requests = []
    for _ in range(3):
        requests.append(gateway.later(symbol))
        await asyncio.sleep(0.125)
    requests.pop(number).cancel()
    answers = await asyncio.gather(*requests)

    assert [(answer.price, answer.moment) for answer in answers] == [((price, "http"), 1.0)] * 2
    assert fetches(http) == [(symbol, 0)], "The price was fetched again."


@pytest.mark.cancellation(points=1)
@pytest.mark.parametrize("again", [0.0, 0.25], ids=["at_the_same_moment", "a_little_later"])
async def test_later_requests_are_answered_after_all_hang_up(serve, http, again):
    """When all clients hang up, later requests are answered, even those of the same moment, and no place is lost."""
    gateway = await serve(limit=2)
    symbols = some_symbols(4)
    prices = {symbol: a_price() for symbol in symbols}
    for symbol in symbols:
        http.get(f"{gateway.quotes}/{symbol}", payload=quote(symbol, prices[symbol]), latency=1.0, repeat=True)

    # Two are being fetched, and two wait for a place.
    requests = [gateway.later(symbol) for symbol in [*symbols, *symbols]]
    await asyncio.sleep(0.5)
    for request in requests:
        request.cancel()
    await asyncio.sleep(again)
    answers = await gateway.prices(symbols)

    assert [answer.price for answer in answers] == [(prices[symbol], "http") for symbol in symbols]
    assert max(answer.moment for answer in answers) <= 2.5 + again, "An answer came late, as if a place were lost."


@pytest.mark.cancellation(points=1.5)
@pytest.mark.weather(seeds=5)
async def test_rush_hour(serve, sandbox, http):
    """Whenever clients come and hang up: one fetch of a symbol, `limit` in all, the right prices, and nothing left."""
    limit = 3
    gateway = await serve(limit=limit, ttl=1.5)
    prices = {symbol: a_price() for symbol in some_symbols(6)}

    async def answer(url, **_):
        symbol = url.path.rpartition("/")[2]
        return CallbackResult(payload=quote(symbol, prices[symbol]))

    http.get(re.compile(rf"{re.escape(gateway.quotes)}/.*"), callback=answer, latency=1.0, repeat=True)

    async def client(symbol: str) -> tuple[int, float] | None:
        await asyncio.sleep(random.uniform(0, 12))
        request = gateway.later(symbol)
        await asyncio.wait([request], timeout=random.choice([0.3, 1.1, 60]))
        if request.cancel():
            return None
        return request.result().status, request.result().price[0]

    wanted = random.choices(list(prices), k=60)
    answers = await asyncio.gather(*map(client, wanted))

    wrong = [got for symbol, got in zip(wanted, answers) if got not in (None, (200, prices[symbol]))]
    assert wrong == [], "A request was not answered with its price."
    for symbol in prices:
        assert most_at_once([each for each in http.log if each.url.name == symbol]) <= 1, "A symbol was fetched twice."
    assert most_at_once(http.log) <= limit
    ended = now()
    await gateway.runner.cleanup()
    assert now() == ended, "The shutdown had to wait."
    assert await sandbox.leftovers() == []


# Stage: feed


@pytest.mark.correctness(points=2)
async def test_price_of_the_feed_is_answered(serve, http):
    """A price from the feed is answered without a fetch for `ttl` seconds; a newer one takes its place."""
    ttl, exchange = random.randint(4, 9), await Exchange().open()
    gateway = await serve(exchange, ttl=ttl)
    symbol, other = some_symbols(2)
    old, new, last, newest, price = (a_price() for _ in range(5))
    http.get(f"{gateway.quotes}/{symbol}", payload=quote(symbol, last))
    await asyncio.sleep(1)

    await exchange.send(quote(symbol, old), quote(other, price))
    await asyncio.sleep(1)
    answers = [await gateway.price(symbol), await gateway.price(other)]
    await exchange.send(quote(symbol, new))
    await asyncio.sleep(ttl - 0.25)
    answers += [await gateway.price(symbol)]
    assert (http.log, await gateway.health()) == ([], {"feed": "up", "symbols": 2})
    await asyncio.sleep(0.5)
    answers += [await gateway.price(symbol)]
    await exchange.send(quote(symbol, newest))
    await asyncio.sleep(0.25)
    answers += [await gateway.price(symbol)]

    assert [answer.status for answer in answers] == [200] * 5
    sources = ["feed", "feed", "feed", "http", "feed"]
    assert [answer.price for answer in answers] == list(zip([old, price, new, last, newest], sources))


@pytest.mark.correctness(points=1)
async def test_nonsense_of_the_feed_is_ignored(serve):
    """A message of the feed that is no price is ignored, and the connection stays."""
    exchange = await Exchange().open()
    gateway = await serve(exchange)
    symbol, price = a_symbol(), random.randint(1, 999)
    await asyncio.sleep(1)

    nonsense = ["", "{", "hello", "7", "null", [symbol, 1.5], {"price": 1.5}, {"symbol": symbol}]
    nonsense += [{"symbol": 5, "price": 1.5}, {"symbol": symbol, "price": "high"}, {"symbol": symbol, "price": None}]
    random.shuffle(nonsense)
    for message in nonsense:
        await exchange.send(message)
        await asyncio.sleep(0.25)
        assert await gateway.health() == {"feed": "up", "symbols": 0}, f"The message was {message!r}."
    await exchange.send(quote(symbol, price))
    await asyncio.sleep(0.25)

    assert (await gateway.price(symbol)).price == (price, "feed")
    assert exchange.attempts == [0], "The gateway connected again."


@pytest.mark.correctness(points=1)
async def test_feed_comes_back(serve, http):
    """When the feed is there again, the gateway connects to it and answers with its prices."""
    exchange = Exchange()
    gateway = await serve(exchange)
    symbol, prices, healths = a_symbol(), [a_price(), a_price()], []

    # Until now nobody answers at its address; 15 seconds after the start the gateway tries again.
    await asyncio.sleep(10)
    await exchange.open()
    for price in prices:
        healths.append(await gateway.health())
        await asyncio.sleep(6)
        healths.append(await gateway.health())
        await exchange.send(quote(symbol, price))
        await asyncio.sleep(1)
        assert (await gateway.price(symbol)).price == (price, "feed")
        exchange.break_off()
        await asyncio.sleep(0.5)

    assert [health["feed"] for health in healths] == ["down", "up"] * 2
    assert http.log == []


@pytest.mark.concurrency(points=0.5)
@pytest.mark.parametrize("mood", ["refuses", "closes", "breaks", "babbles"])
async def test_attempts_become_rarer(serve, mood):
    """The gateway waits 1, 2, 4, 8, 8, … seconds before it connects again; a price makes that 1 second again."""
    exchange = await Exchange(mood).open()
    await serve(exchange)

    await asyncio.sleep(32)
    assert exchange.attempts == [0, 1, 3, 7, 15, 23, 31]
    exchange.mood = "accepts"
    await asyncio.sleep(8)
    assert exchange.attempts[7:] == [39]
    exchange.mood = mood
    await exchange.send(quote(a_symbol(), a_price()))
    await asyncio.sleep(1)
    exchange.break_off()
    await asyncio.sleep(10)

    assert exchange.attempts[8:] == [42, 44, 48], "The feed broke off at 41 s, after it had brought a price."


# Stage: stale


@pytest.mark.correctness(points=0.25)
@pytest.mark.parametrize(
    "failure",
    [
        {"status": 500},
        {"status": 403, "payload": {"symbol": "ACME", "price": 12.5}},
        {"body": "<h1>Closed</h1>", "content_type": "text/html"},
        {"payload": {"symbol": "ACME"}},
        {"payload": ["ACME", 12.5]},
        {"payload": {"symbol": "ACME", "price": "high"}},
        {"exception": aiohttp.ClientConnectionError()},
        {"exception": aiohttp.ClientPayloadError(), "body": '{"symbol": "ACME"'},
    ],
    ids=["500", "403_with_a_price", "html", "no_price", "list", "text", "dropped", "broken_off"],
)
async def test_failed_fetch_is_answered_with_the_last_price(serve, http, failure):
    """When a fetch fails, the last price is answered as `stale`, or 503 if there is none; the next fetches again."""
    gateway = await serve(ttl=3)
    known, unknown = some_symbols(2)
    old, new = a_price(), a_price()
    http.get(f"{gateway.quotes}/{known}", payload=quote(known, old))
    for symbol in (known, known, unknown):
        http.get(f"{gateway.quotes}/{symbol}", **failure)
    for symbol in (known, unknown):
        http.get(f"{gateway.quotes}/{symbol}", payload=quote(symbol, new))
    await gateway.price(known)
    await asyncio.sleep(4)

    stale = [await gateway.price(known) for _ in range(2)]
    none = await gateway.price(unknown)
    assert [(answer.status, answer.price) for answer in stale] == [(200, (old, "stale"))] * 2
    assert (none.status, none.retry_after) == (503, "1")
    assert (await gateway.health())["symbols"] == 1

    answers = await gateway.prices([known, unknown])
    assert [answer.price for answer in answers] == [(new, "http")] * 2


@pytest.mark.concurrency(points=1)
@pytest.mark.parametrize("hangs", ["silent", "bit_by_bit"])
async def test_fetch_is_given_up_after_the_timeout(serve, http, hangs):
    """A fetch that takes longer than `timeout` is given up at that moment, even if a part has arrived."""
    timeout, exchange = random.randint(2, 4), await Exchange().open()
    gateway = await serve(exchange, quotes=exchange.quotes_url if hangs != "silent" else "", timeout=timeout, limit=1)
    known, unknown = some_symbols(2)
    price, exchange.answers_quotes = a_price(), False
    http.get(re.compile(rf"{re.escape(gateway.quotes)}/.*"), timeout=True, repeat=True)
    await asyncio.sleep(1)
    await exchange.send(quote(known, price))
    await asyncio.sleep(9)

    stale, none = await gateway.price(known), await gateway.price(unknown)

    assert (stale.price, stale.moment) == ((price, "stale"), 10 + timeout)
    assert (none.status, none.moment) == (503, 10 + 2 * timeout)
    given_up = [request.ended for request in http.log] if hangs == "silent" else exchange.given_up
    assert given_up == [10 + timeout, 10 + 2 * timeout]


# Stage: shutdown


@pytest.mark.cancellation(points=0.75)
@pytest.mark.parametrize("mood", ["accepts", "closes", "silent"], ids=["feed_up", "feed_down", "attempt_running"])
async def test_shutdown_takes_no_time(serve, sandbox, mood):
    """When nobody waits, a shutdown takes no time, closes all connections to the exchange, and leaves no task."""
    exchange = await Exchange(mood).open()
    gateway = await serve(exchange, quotes=exchange.quotes_url)
    asked = await gateway.prices(some_symbols(3))
    assert [answer.status for answer in asked] == [200] * 3
    exchange.answers_quotes = False
    request = gateway.later(a_symbol())
    await asyncio.sleep(1)
    request.cancel()
    await asyncio.sleep(0.25)

    began, attempts = now(), len(exchange.attempts)
    await gateway.runner.cleanup()

    assert now() == began, "The shutdown had to wait."
    assert await sandbox.leftovers() == []
    assert exchange.open_connections == 0
    await asyncio.sleep(20)
    assert len(exchange.attempts) == attempts, "The gateway still connects to the feed."


@pytest.mark.cancellation(points=1)
async def test_shutdown_takes_less_than_a_second(serve, sandbox):
    """When clients wait for an answer, a shutdown takes less than a second, and leaves nothing either."""
    exchange = await Exchange().open()
    gateway = await serve(exchange, quotes=exchange.quotes_url, timeout=5, limit=2)
    exchange.answers_quotes = False
    requests = [gateway.later(symbol) for symbol in some_symbols(4)]
    await asyncio.sleep(1)

    await gateway.runner.cleanup()

    assert now() < 2.0, "The shutdown took a second or longer."
    assert await sandbox.leftovers() == []
    assert exchange.open_connections == 0
    await asyncio.gather(*requests, return_exceptions=True)
