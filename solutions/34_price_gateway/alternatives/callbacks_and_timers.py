"""Callbacks: fetches end in done callbacks, and a timer of the loop starts each attempt to connect."""

import asyncio
import functools
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web


@dataclass(frozen=True)
class Settings:
    quotes_url: str
    feed_url: str
    ttl: float = 5.0
    timeout: float = 2.0
    limit: int = 4


@dataclass
class State:
    """What the application knows. Every fetch has a session, and so has every connection to the feed."""

    settings: Settings
    prices: dict[str, tuple[float, str]] = field(default_factory=dict)
    fresh: dict[str, asyncio.TimerHandle] = field(default_factory=dict)
    events: dict[str, asyncio.Event] = field(default_factory=dict)
    endings: dict[asyncio.Event, BaseException | None] = field(default_factory=dict)
    queue: list[str] = field(default_factory=list)
    running: dict[str, asyncio.Task[float]] = field(default_factory=dict)
    connection: asyncio.Task[None] | None = None
    timer: asyncio.TimerHandle | None = None
    is_up: bool = False
    failures: int = 0
    closed: bool = False


class NotListed(Exception):
    pass


STATE = web.AppKey("STATE", State)


def note_price(state: State, symbol: str, price: float, source: str) -> None:
    if symbol in state.fresh:
        state.fresh.pop(symbol).cancel()
    state.prices[symbol] = price, source
    expire = functools.partial(state.fresh.pop, symbol, None)
    state.fresh[symbol] = asyncio.get_running_loop().call_later(state.settings.ttl, expire)


async def fetch(state: State, symbol: str) -> float:
    async with asyncio.timeout(state.settings.timeout):
        async with aiohttp.request("GET", f"{state.settings.quotes_url}/{symbol}") as response:
            if response.status == 404:
                raise NotListed
            if response.status != 200:
                raise ValueError(f"status {response.status}")
            match await response.json():
                case {"price": int(price) | float(price)}:
                    return price
    raise ValueError("no price")


def start_fetches(state: State) -> None:
    while state.queue and len(state.running) < state.settings.limit and not state.closed:
        symbol = state.queue.pop(0)
        state.running[symbol] = asyncio.create_task(fetch(state, symbol))
        state.running[symbol].add_done_callback(functools.partial(end_fetch, state, symbol))


def end_fetch(state: State, symbol: str, task: "asyncio.Task[float]") -> None:
    del state.running[symbol]
    event = state.events.pop(symbol)
    state.endings[event] = asyncio.CancelledError() if task.cancelled() else task.exception()
    if state.endings[event] is None:
        note_price(state, symbol, task.result(), "http")
    event.set()
    start_fetches(state)


async def get_price(request: web.Request) -> web.Response:
    state, symbol = request.app[STATE], request.match_info["symbol"]
    failure = None
    if symbol not in state.fresh:
        if symbol not in state.events:
            state.events[symbol] = asyncio.Event()
            state.queue.append(symbol)
            start_fetches(state)
        event = state.events[symbol]
        await event.wait()
        failure = state.endings[event]
    if isinstance(failure, NotListed):
        return web.Response(status=404)
    if symbol not in state.prices:
        return web.Response(status=503, headers={"Retry-After": "1"})
    price, source = state.prices[symbol]
    return web.json_response({"symbol": symbol, "price": price, "source": "stale" if failure else source})


async def get_health(request: web.Request) -> web.Response:
    state = request.app[STATE]
    return web.json_response({"symbols": len(state.prices), "feed": "up" if state.is_up else "down"})


async def listen(state: State) -> None:
    try:
        async with aiohttp.ClientSession() as session:
            feed = await session.ws_connect(state.settings.feed_url)
            state.is_up = True
            while True:
                try:
                    match await feed.receive_json():
                        case {"symbol": str(symbol), "price": int(price) | float(price)}:
                            note_price(state, symbol, price, "feed")
                            state.failures = 0
                except ValueError:
                    continue
    finally:
        state.is_up = False


def connect(state: State) -> None:
    state.connection = asyncio.create_task(listen(state))
    state.connection.add_done_callback(functools.partial(connect_later, state))


def connect_later(state: State, task: "asyncio.Task[None]") -> None:
    if task.cancelled() or task.exception() is None or state.closed:
        return
    wait = min(8, 1 << state.failures)
    state.failures = min(state.failures + 1, 3)
    state.timer = asyncio.get_running_loop().call_later(wait, connect, state)


async def start(app: web.Application) -> None:
    connect(app[STATE])


async def stop(app: web.Application) -> None:
    state = app[STATE]
    state.closed = True
    for timer in (state.timer, *state.fresh.values()):
        if timer:
            timer.cancel()
    tasks = [*state.running.values(), state.connection]
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


def make_app(settings: Settings) -> web.Application:
    app = web.Application()
    app[STATE] = State(settings)
    app.on_startup.append(start)
    app.on_shutdown.append(stop)
    app.router.add_get("/price/{symbol}", get_price)
    app.router.add_get("/health", get_health)
    return app
