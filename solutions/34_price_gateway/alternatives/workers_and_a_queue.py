"""As many workers as there may be fetches take symbols from a queue; a future for each symbol holds the ending."""

import asyncio
import json
from collections import defaultdict
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


class Failed(Exception):
    """A fetch that brought no price."""


class Market:
    """The prices, and one task that runs the workers and the feed from the start to the shutdown."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.values: dict[str, float] = {}
        self.sources: dict[str, str] = {}
        self.expiry: dict[str, float] = defaultdict(float)
        self.wanted: asyncio.Queue[str] = asyncio.Queue()
        self.endings: dict[str, asyncio.Future[int]] = {}
        self.feed = "down"

    def arrive(self, quote: Any, source: str, symbol: str | None = None) -> bool:
        match quote:
            case {"symbol": str(name), "price": int(value) | float(value)}:
                self.values[symbol or name], self.sources[symbol or name] = value, source
                self.expiry[symbol or name] = asyncio.get_running_loop().time() + self.settings.ttl
                return True
        return False

    async def start(self, app: web.Application) -> None:
        self.running = asyncio.create_task(self.run())

    async def stop(self, app: web.Application) -> None:
        self.running.cancel()
        await asyncio.wait([self.running])

    async def run(self) -> None:
        async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
            group.create_task(self.follow(session))
            for _ in range(self.settings.limit):
                group.create_task(self.work(session))

    async def work(self, session: aiohttp.ClientSession) -> None:
        while True:
            symbol = await self.wanted.get()
            try:
                status = await self.fetch(session, symbol)
            except (aiohttp.ClientError, TimeoutError, ValueError, Failed):
                status = 503
            self.endings.pop(symbol).set_result(status)

    async def fetch(self, session: aiohttp.ClientSession, symbol: str) -> int:
        # A worker has a connection for itself, so that the whole time is that of the fetch.
        timeout = aiohttp.ClientTimeout(total=self.settings.timeout)
        async with session.get(f"{self.settings.quotes_url}/{symbol}", timeout=timeout) as answer:
            if answer.status not in (200, 404):
                raise Failed
            if answer.status == 200 and not self.arrive(json.loads(await answer.read()), "http", symbol):
                raise Failed
            return answer.status

    async def follow(self, session: aiohttp.ClientSession) -> None:
        failures = 0
        while True:
            try:
                socket = await session.ws_connect(self.settings.feed_url, heartbeat=30)
            except aiohttp.ClientError:
                socket = None
            if socket is not None:
                self.feed = "up"
                while (message := await socket.receive()).type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
                    try:
                        failures = 0 if self.arrive(json.loads(message.data), "feed") else failures
                    except ValueError:
                        continue
                await socket.close()
            self.feed = "down"
            await asyncio.sleep(min(2**failures, 8))
            failures += 1

    async def price(self, request: web.Request) -> web.Response:
        symbol, status = request.match_info["symbol"], 200
        if self.expiry[symbol] <= asyncio.get_running_loop().time():
            if symbol not in self.endings:
                self.endings[symbol] = asyncio.get_running_loop().create_future()
                self.wanted.put_nowait(symbol)
            status = await asyncio.shield(self.endings[symbol])
        if status == 404:
            raise web.HTTPNotFound
        if status == 503 and symbol not in self.values:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "1"})
        source = "stale" if status == 503 else self.sources[symbol]
        return web.json_response({"symbol": symbol, "price": self.values[symbol], "source": source})

    async def health(self, request: web.Request) -> web.Response:
        return web.json_response({"feed": self.feed, "symbols": len(self.values)})


def make_app(settings: Settings) -> web.Application:
    app, market = web.Application(), Market(settings)
    app.on_startup.append(market.start)
    app.on_cleanup.append(market.stop)
    app.add_routes([web.get("/price/{symbol}", market.price), web.get("/health", market.health)])
    return app
