"""An object for each symbol, whose condition tells the requests that a fetch has ended; two sessions."""

import asyncio
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


class Stock:
    """One symbol. `ended` counts its fetches; `status` is how the last of them ended."""

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self.price: float | None = None
        self.source = ""
        self.fresh_until = float("-inf")
        self.status = 200
        self.ended = 0
        self.task: asyncio.Task[None] | None = None
        self.news = asyncio.Condition()

    def set(self, price: object, source: str, ttl: float) -> bool:
        if not isinstance(price, (float, int)):
            return False
        self.price, self.source = price, source
        self.fresh_until = asyncio.get_running_loop().time() + ttl
        return True

    @property
    def is_fresh(self) -> bool:
        return asyncio.get_running_loop().time() < self.fresh_until


class PriceGateway:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.stocks: dict[str, Stock] = {}
        self.free = settings.limit
        self.place = asyncio.Condition()
        self.connected = asyncio.Event()

    def stock(self, symbol: str) -> Stock:
        return self.stocks.setdefault(symbol, Stock(symbol))

    async def on_startup(self, app: web.Application) -> None:
        self.quotes = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None))
        self.feed_session = aiohttp.ClientSession()
        self.feed = asyncio.create_task(self.follow())

    async def on_shutdown(self, app: web.Application) -> None:
        tasks = [self.feed, *(stock.task for stock in self.stocks.values() if stock.task)]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def on_cleanup(self, app: web.Application) -> None:
        # Requests that waited may have begun another fetch in the meantime.
        await self.on_shutdown(app)
        await asyncio.gather(self.quotes.close(), self.feed_session.close())

    async def fetch(self, stock: Stock) -> None:
        async with self.place:
            await self.place.wait_for(lambda: self.free > 0)
            self.free -= 1
        try:
            stock.status = await self.status_of_a_fetch(stock)
        finally:
            self.free += 1
            stock.task = None
            stock.ended += 1
            async with self.place, stock.news:
                self.place.notify()
                stock.news.notify_all()

    async def status_of_a_fetch(self, stock: Stock) -> int:
        try:
            async with asyncio.timeout(self.settings.timeout):
                response = await self.quotes.get(f"{self.settings.quotes_url}/{stock.symbol}")
                async with response:
                    body = await response.json() if response.status == 200 else {}
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return 503
        if response.status == 404:
            return 404
        return 200 if isinstance(body, dict) and stock.set(body.get("price"), "http", self.settings.ttl) else 503

    async def get_price(self, request: web.Request) -> web.Response:
        stock = self.stock(request.match_info["symbol"])
        status = 200
        if not stock.is_fresh:
            if stock.task is None:
                stock.task = asyncio.create_task(self.fetch(stock))
            number = stock.ended
            async with stock.news:
                await stock.news.wait_for(lambda: stock.ended > number)
            status = stock.status
        if status == 404 or (status == 503 and stock.price is None):
            return web.json_response(None, status=status, headers={"Retry-After": "1"} if status == 503 else {})
        source = "stale" if status == 503 else stock.source
        return web.json_response({"symbol": stock.symbol, "price": stock.price, "source": source})

    async def get_health(self, request: web.Request) -> web.Response:
        known = [stock for stock in self.stocks.values() if stock.price is not None]
        return web.json_response({"feed": "up" if self.connected.is_set() else "down", "symbols": len(known)})

    async def follow(self) -> None:
        self.wait = 1.0
        while True:
            try:
                async with self.feed_session.ws_connect(self.settings.feed_url, autoping=True) as socket:
                    self.connected.set()
                    async for message in socket:
                        self.hear(message)
            except aiohttp.ClientError:
                pass
            finally:
                self.connected.clear()
            wait, self.wait = self.wait, min(self.wait * 2, 8.0)
            await asyncio.sleep(wait)

    def hear(self, message: aiohttp.WSMessage) -> None:
        try:
            match message.json():
                case {"symbol": str(symbol), "price": price}:
                    if self.stock(symbol).set(price, "feed", self.settings.ttl):
                        self.wait = 1.0
        except ValueError:
            return


def make_app(settings: Settings) -> web.Application:
    app = web.Application()
    gateway = PriceGateway(settings)
    app.on_startup.append(gateway.on_startup)
    app.on_shutdown.append(gateway.on_shutdown)
    app.on_cleanup.append(gateway.on_cleanup)
    app.router.add_get("/health", gateway.get_health)
    app.router.add_get("/price/{symbol}", gateway.get_price)
    return app
