"""Closures and exceptions: who waits is counted, and the last who hangs up ends the fetch."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
from aiohttp import web


@dataclass(frozen=True)
class Settings:
    quotes_url: str
    feed_url: str
    ttl: float = 5.0
    timeout: float = 2.0
    limit: int = 4


def make_app(settings: Settings) -> web.Application:
    app = web.Application()
    sessions: list[aiohttp.ClientSession] = []
    places = asyncio.BoundedSemaphore(settings.limit)
    prices: dict[str, tuple[float, str, float]] = {}
    fetches: dict[str, asyncio.Task[float]] = {}
    waiting: Counter[str] = Counter()
    connections: list[aiohttp.ClientWebSocketResponse] = []

    def now() -> float:
        return asyncio.get_running_loop().time()

    def number(value: object) -> float:
        if not isinstance(value, (int, float)):
            raise ValueError("no number")
        return value

    async def ask_exchange(symbol: str) -> float:
        """The price in a quote, which is kept. `LookupError` where there is no such symbol."""
        async with sessions[0].get(f"{settings.quotes_url}/{symbol}") as answer:
            if answer.status == 404:
                raise LookupError(symbol)
            if answer.status != 200:
                raise ValueError(answer.status)
            quote = await answer.json(content_type=None)
        if not isinstance(quote, dict):
            raise ValueError(quote)
        price = number(quote.get("price"))
        prices[symbol] = price, "http", now()
        return price

    async def fetch(symbol: str) -> float:
        async with places:
            return await asyncio.wait_for(ask_exchange(symbol), settings.timeout)

    async def shared(symbol: str) -> float:
        task = fetches.get(symbol)
        if task is None:
            task = fetches[symbol] = asyncio.create_task(fetch(symbol))
        waiting[symbol] += 1
        try:
            await asyncio.wait([task])
            return task.result()
        finally:
            waiting[symbol] -= 1
            if not waiting[symbol] and fetches.get(symbol) is task:
                # Out of the dictionary first: whoever comes now must not meet a fetch that is being cancelled.
                del fetches[symbol]
                task.cancel()

    async def show_price(request: web.Request) -> web.Response:
        symbol = request.match_info["symbol"]
        price, source, arrived = prices.get(symbol, (0.0, "", -float("inf")))
        if now() - arrived >= settings.ttl:
            try:
                price, source = await shared(symbol), "http"
            except LookupError:
                return web.Response(status=404, text="unknown")
            except (aiohttp.ClientError, TimeoutError, ValueError):
                if symbol not in prices:
                    return web.Response(status=503, headers={"Retry-After": "1"})
                price, source = prices[symbol][0], "stale"
        return web.json_response({"symbol": symbol, "price": price, "source": source})

    async def show_health(request: web.Request) -> web.Response:
        return web.json_response({"feed": "up" if connections else "down", "symbols": len(prices)})

    async def listen() -> bool:
        """Read the feed until it ends. Whether it brought a price."""
        brought = False
        async with sessions[0].ws_connect(settings.feed_url) as connection:
            connections.append(connection)
            try:
                async for message in connection:
                    try:
                        news = message.json()
                        if isinstance(news["symbol"], str):
                            prices[news["symbol"]] = number(news["price"]), "feed", now()
                            brought = True
                    except (ValueError, TypeError, KeyError):
                        pass
            finally:
                connections.remove(connection)
        return brought

    async def follow_feed() -> None:
        waits = [1, 2, 4, 8]
        while True:
            try:
                if await listen():
                    waits = [1, 2, 4, 8]
            except (aiohttp.ClientError, OSError):
                pass
            await asyncio.sleep(waits[0])
            waits = waits[1:] or [8]

    async def session(app: web.Application) -> AsyncIterator[None]:
        sessions.append(aiohttp.ClientSession())
        yield
        await sessions[0].close()

    async def feed(app: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(follow_feed())
        yield
        for each in [task, *fetches.values()]:
            each.cancel()
            await asyncio.wait([each])

    app.cleanup_ctx.extend([session, feed])
    app.router.add_get("/price/{symbol}", show_price)
    app.router.add_get("/health", show_health)
    return app
