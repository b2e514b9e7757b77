"""correctness: marks the end with an empty picture, so that a camera's empty picture ends the feed."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

import aiohttp

T = TypeVar("T")


class ThreadFeed:
    """Pictures on their way from threads to the event loop, in the order in which they are pushed."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._pictures: asyncio.Queue[str] = asyncio.Queue()
        self._lock = threading.Lock()
        self._closed = False

    def push(self, picture: str) -> None:
        """Hand a picture over, from any thread; RuntimeError once the feed is closed."""
        with self._lock:
            if self._closed:
                raise RuntimeError("the feed is closed")
            self._loop.call_soon_threadsafe(self._pictures.put_nowait, picture)

    def close(self) -> None:
        """Take no more pictures, from any thread; what was pushed can still be read."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._loop.call_soon_threadsafe(self._pictures.put_nowait, "")

    def __aiter__(self) -> "ThreadFeed":
        return self

    async def __anext__(self) -> str:
        """The next picture, as soon as it is pushed."""
        picture = await self._pictures.get()
        if not picture:
            self._pictures.put_nowait("")
            raise StopAsyncIteration
        return picture


class LoopCaller:
    """Lets threads call coroutine functions on `loop`."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def call(self, func: Callable[..., Coroutine[Any, Any, T]], *args: Any, timeout: float | None = None) -> T:
        """Run `func(*args)` on the loop and block this thread until it ends, at most `timeout` seconds."""
        try:
            running = asyncio.get_running_loop()
        except RuntimeError:
            running = None
        if running is self._loop:
            raise RuntimeError("call would wait for its own thread")
        future = asyncio.run_coroutine_threadsafe(func(*args), self._loop)
        try:
            return future.result(timeout)
        finally:
            future.cancel()


def start_camera(next_picture: Callable[[], str | None], feed: ThreadFeed, *, closes: bool = False) -> None:
    """Start a camera's thread: it pushes each picture, and at the end it `closes` the feed if it is told to."""

    def record() -> None:
        while (picture := next_picture()) is not None:
            feed.push(picture)
        if closes:
            feed.close()

    threading.Thread(target=record, daemon=True).start()


async def fetch_price(session: aiohttp.ClientSession, url: str) -> str:
    """The price at `url`."""
    async with session.get(url) as response:
        response.raise_for_status()
        return await response.text()


def write_report(
    caller: LoopCaller, session: aiohttp.ClientSession, urls: Sequence[str], timeout: float | None
) -> list[str]:
    """The prices at `urls`, asked for one after another; "late" where the price takes longer than `timeout`."""
    prices = []
    for url in urls:
        try:
            prices.append(caller.call(fetch_price, session, url, timeout=timeout))
        except TimeoutError:
            prices.append("late")
    return prices


async def make_report(
    session: aiohttp.ClientSession, urls: Sequence[str], *, timeout: float | None = None, in_thread: bool = True
) -> list[str]:
    """Run `write_report`, in a thread of its own or, wrongly, on the event loop."""
    caller = LoopCaller(asyncio.get_running_loop())
    if in_thread:
        return await asyncio.to_thread(write_report, caller, session, urls, timeout)
    return write_report(caller, session, urls, timeout)
