"""A thread that calls waits at a queue of its own, into which the loop puts the task that has ended."""

import asyncio
import queue
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

import aiohttp

T = TypeVar("T")


class ThreadFeed:
    """Pictures on their way from threads to the event loop, in the order in which they are pushed."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._pictures: deque[str] = deque()
        self._bell = asyncio.Event()
        self._closed = False

    def _ring(self) -> None:
        self._loop.call_soon_threadsafe(self._bell.set)

    def push(self, picture: str) -> None:
        """Hand a picture over, from any thread; RuntimeError once the feed is closed."""
        if self._closed:
            raise RuntimeError("the feed is closed")
        self._pictures.append(picture)
        self._ring()

    def close(self) -> None:
        """Take no more pictures, from any thread; what was pushed can still be read."""
        self._closed = True
        self._ring()

    def __aiter__(self) -> "ThreadFeed":
        return self

    async def __anext__(self) -> str:
        """The next picture, as soon as it is pushed."""
        while not self._pictures:
            if self._closed:
                raise StopAsyncIteration
            self._bell.clear()
            await self._bell.wait()
        return self._pictures.popleft()


class LoopCaller:
    """Lets threads call coroutine functions on `loop`."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def call(self, func: Callable[..., Coroutine[Any, Any, T]], *args: Any, timeout: float | None = None) -> T:
        """Run `func(*args)` on the loop and block this thread until it ends, at most `timeout` seconds."""
        if asyncio._get_running_loop() is self._loop:
            raise RuntimeError("the loop cannot wait for itself")
        answers: queue.SimpleQueue[asyncio.Task[T]] = queue.SimpleQueue()
        begun: list[asyncio.Task[T]] = []

        def begin() -> None:
            begun.append(self._loop.create_task(func(*args)))
            begun[0].add_done_callback(answers.put)

        self._loop.call_soon_threadsafe(begin)
        try:
            return answers.get(timeout=timeout).result()
        except queue.Empty:
            self._loop.call_soon_threadsafe(lambda: begun[0].cancel())
            raise TimeoutError from None


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
