"""One task, the desk, owns everything and takes events from a mailbox; whoever asks gets a future of its own."""

import asyncio
import json
from collections import deque
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import web


@dataclass(frozen=True)
class Settings:
    quotes_url: str
    feed_url: str
    ttl: float = 5.0
    timeout: float = 2.0
    limit: int = 4


class Desk:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.mailbox: asyncio.Queue[tuple[Any, ...]] = asyncio.Queue()
        self.feed = "down"
        self.known: dict[str, tuple[float, str, float]] = {}
        self.asking: dict[str, list[asyncio.Future[web.Response]]] = {}
        self.lined_up: deque[str] = deque()
        self.helpers: set[asyncio.Task[None]] = set()
        self.fetching = 0

    def help(self, coroutine: Any) -> None:
        task = asyncio.create_task(coroutine)
        self.helpers.add(task)
        task.add_done_callback(self.helpers.discard)

    async def work(self) -> None:
        """Deal with one event after another; none of them makes the desk wait."""
        async with aiohttp.ClientSession() as self.session:
            self.help(self.listen(1))
            try:
                while True:
                    kind, *details = await self.mailbox.get()
                    getattr(self, f"on_{kind}")(*details)
                    while self.lined_up and self.fetching < self.settings.limit:
                        self.fetching += 1
                        self.help(self.fetch(self.lined_up.popleft()))
            finally:
                helpers = list(self.helpers)
                for helper in helpers:
                    helper.cancel()
                await asyncio.gather(*helpers, return_exceptions=True)

    def on_question(self, symbol: str, future: "asyncio.Future[web.Response]") -> None:
        now = asyncio.get_running_loop().time()
        if symbol in self.known and now < self.known[symbol][2]:
            self.answer(symbol, future)
        elif symbol in self.asking:
            self.asking[symbol].append(future)
        else:
            self.asking[symbol] = [future]
            self.lined_up.append(symbol)

    def on_price(self, symbol: str, price: float, source: str) -> None:
        self.known[symbol] = price, source, asyncio.get_running_loop().time() + self.settings.ttl

    def on_ended(self, symbol: str, price: float | None, is_listed: bool) -> None:
        self.fetching -= 1
        if price is not None:
            self.on_price(symbol, price, "http")
        for future in self.asking.pop(symbol):
            if not is_listed:
                self.reply(future, {}, 404)
            else:
                self.answer(symbol, future, stale=price is None)

    def on_health(self, future: "asyncio.Future[web.Response]") -> None:
        self.reply(future, {"feed": self.feed, "symbols": len(self.known)}, 200)

    def answer(self, symbol: str, future: "asyncio.Future[web.Response]", *, stale: bool = False) -> None:
        if symbol not in self.known:
            return self.reply(future, {}, 503, {"Retry-After": "1"})
        price, source, _ = self.known[symbol]
        self.reply(future, {"symbol": symbol, "price": price, "source": "stale" if stale else source}, 200)

    def reply(self, future: "asyncio.Future[web.Response]", body: Any, status: int, headers: Any = None) -> None:
        if not future.done():  # the client may have hung up
            future.set_result(web.json_response(body, status=status, headers=headers))

    async def fetch(self, symbol: str) -> None:
        price, is_listed = None, True
        try:
            async with asyncio.timeout(self.settings.timeout):
                response = await self.session.request("GET", f"{self.settings.quotes_url}/{symbol}")
                text = await response.text()
            is_listed = response.status != 404
            if response.status == 200:
                price = price_in(json.loads(text))
        except (aiohttp.ClientError, TimeoutError, ValueError):
            pass
        self.mailbox.put_nowait(("ended", symbol, price, is_listed))

    async def listen(self, wait: int) -> None:
        """One connection to the feed; a helper for the next one follows."""
        try:
            async with self.session.ws_connect(self.settings.feed_url) as feed:
                self.feed = "up"
                async for message in feed:
                    try:
                        news = json.loads(message.data)
                        symbol, price = news["symbol"], price_in(news)
                    except (ValueError, TypeError, KeyError):
                        continue
                    if isinstance(symbol, str) and price is not None:
                        wait = 1
                        self.mailbox.put_nowait(("price", symbol, price, "feed"))
        except aiohttp.ClientError:
            pass
        self.feed = "down"
        await asyncio.sleep(wait)
        self.help(self.listen(min(2 * wait, 8)))

    async def ask(self, kind: str, *details: Any) -> web.Response:
        future = asyncio.get_running_loop().create_future()
        self.mailbox.put_nowait((kind, *details, future))
        return await future


def price_in(quote: Any) -> float | None:
    price = quote.get("price") if isinstance(quote, dict) else None
    return price if isinstance(price, (int, float)) else None


def make_app(settings: Settings) -> web.Application:
    app = web.Application()
    desk = Desk(settings)

    async def staffed(app: web.Application):
        task = asyncio.create_task(desk.work())
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    app.cleanup_ctx.append(staffed)
    app.router.add_get("/health", lambda request: desk.ask("health"))
    app.router.add_get("/price/{symbol}", lambda request: desk.ask("question", request.match_info["symbol"]))
    return app
