"""correctness: does not expect nonsense from the feed, which ends its task."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Literal

import aiohttp
from aiohttp import web

Ending = Literal["arrived", "unknown", "failed"]


@dataclass(frozen=True)
class Settings:
    """Where the exchange is, and how to treat it; times are in seconds."""

    quotes_url: str
    feed_url: str
    ttl: float = 5.0
    timeout: float = 2.0
    limit: int = 4


@dataclass(frozen=True)
class Price:
    """The last price of a symbol, and how and when it arrived."""

    value: float
    source: str
    arrived: float


class Gateway:
    """The prices that are known, and the tasks that get them from the exchange."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._prices: dict[str, Price] = {}
        self._fetches: dict[str, asyncio.Task[Ending]] = {}
        self._places = asyncio.Semaphore(settings.limit)
        self._feed_is_up = False

    async def lifetime(self, app: web.Application) -> AsyncIterator[None]:
        """Follow the feed until the shutdown, and leave nothing behind."""
        async with aiohttp.ClientSession() as self._session:
            feed = asyncio.create_task(self._follow_feed())
            yield
            tasks = [feed, *self._fetches.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def health(self, request: web.Request) -> web.Response:
        feed = "up" if self._feed_is_up else "down"
        return web.json_response({"feed": feed, "symbols": len(self._prices)})

    async def price(self, request: web.Request) -> web.Response:
        symbol = request.match_info["symbol"]
        # The shield lets the fetch go on for the others when this client hangs up.
        ending = "arrived" if self._is_fresh(symbol) else await asyncio.shield(self._fetch_of(symbol))
        price = self._prices.get(symbol)
        if ending == "unknown":
            return web.json_response({"error": "no such symbol"}, status=404)
        if price is None:
            return web.json_response({"error": "no price yet"}, status=503, headers={"Retry-After": "1"})
        source = "stale" if ending == "failed" else price.source
        return web.json_response({"symbol": symbol, "price": price.value, "source": source})

    def _is_fresh(self, symbol: str) -> bool:
        price = self._prices.get(symbol)
        return price is not None and asyncio.get_running_loop().time() - price.arrived < self._settings.ttl

    def _keep(self, symbol: str, value: Any, source: str) -> None:
        """Take note of a price. `TypeError` if it is none."""
        if not isinstance(symbol, str) or not isinstance(value, int | float):
            raise TypeError(f"{symbol!r} has no price {value!r}")
        self._prices[symbol] = Price(value, source, asyncio.get_running_loop().time())

    def _fetch_of(self, symbol: str) -> "asyncio.Task[Ending]":
        """The fetch of this symbol that is running, which may begin now."""
        if symbol not in self._fetches:
            self._fetches[symbol] = asyncio.create_task(self._fetch(symbol))
            self._fetches[symbol].add_done_callback(lambda _: self._fetches.pop(symbol))
        return self._fetches[symbol]

    async def _fetch(self, symbol: str) -> Ending:
        url = f"{self._settings.quotes_url}/{symbol}"
        try:
            # The clock of the timeout starts when there is a place.
            async with self._places, asyncio.timeout(self._settings.timeout), self._session.get(url) as answer:
                if answer.status == 404:
                    return "unknown"
                if answer.status != 200:
                    return "failed"
                self._keep(symbol, (await answer.json())["price"], "http")
        except (aiohttp.ClientError, TimeoutError, ValueError, LookupError, TypeError):
            return "failed"
        return "arrived"

    async def _follow_feed(self) -> None:
        wait = 1
        while True:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                async with self._session.ws_connect(self._settings.feed_url) as feed:
                    self._feed_is_up = True
                    async for message in feed:
                        if message.type is aiohttp.WSMsgType.TEXT:
                            news = message.json()
                            self._keep(news["symbol"], news["price"], "feed")
                            wait = 1
            self._feed_is_up = False
            await asyncio.sleep(wait)
            wait = min(2 * wait, 8)


def make_app(settings: Settings) -> web.Application:
    """The gateway between the exchange and the browsers."""
    app, gateway = web.Application(), Gateway(settings)
    app.add_routes([web.get("/health", gateway.health), web.get("/price/{symbol}", gateway.price)])
    app.cleanup_ctx.append(gateway.lifetime)
    return app
