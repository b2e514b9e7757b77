"""The reader leaves a Future; a thread's push wakes it, and pictures wait in a thread-safe queue."""

import asyncio
import queue
import threading
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

import aiohttp

T = TypeVar("T")


class ThreadFeed:
    """Pictures on their way from threads to the event loop, in the order in which they are pushed."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._closed = threading.Event()
        self._pictures: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._readers: set[asyncio.Future[None]] = set()

    def push(self, picture: str) -> None:
        """Hand a picture over, from any thread; RuntimeError once the feed is closed."""
        if self._closed.is_set():
            raise RuntimeError("push after close")
        self._pictures.put(picture)
        self._loop.call_soon_threadsafe(self._wake)

    def close(self) -> None:
        """Take no more pictures, from any thread; what was pushed can still be read."""
        self._closed.set()
        self._loop.call_soon_threadsafe(self._wake)

    def __aiter__(self) -> "ThreadFeed":
        return self

    async def __anext__(self) -> str:
        """The next picture, as soon as it is pushed."""
        while True:
            closed = self._closed.is_set()
            try:
                return self._pictures.get_nowait()
            except queue.Empty:
                if closed:
                    raise StopAsyncIteration from None
            reader = self._loop.create_future()
            self._readers.add(reader)
            try:
                await reader
            finally:
                self._readers.discard(reader)

    def _wake(self) -> None:
        for reader in self._readers:
            if not reader.done():
                reader.set_result(None)


class LoopCaller:
    """Lets threads call coroutine functions on `loop`."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def call(self, func: Callable[..., Coroutine[Any, Any, T]], *args: Any, timeout: float | None = None) -> T:
        """Run `func(*args)` on the loop and block this thread until it ends, at most `timeout` seconds."""
        if asyncio._get_running_loop() is self._loop:
            raise RuntimeError("call() from the loop's own thread would wait for ever")
        outcome: Future[T] = Future()
        tasks: list[asyncio.Task[T]] = []

        def start() -> None:
            task = self._loop.create_task(func(*args))
            tasks.append(task)
            task.add_done_callback(report)

        def report(task: asyncio.Task[T]) -> None:
            if outcome.done():
                return
            if task.cancelled():
                outcome.cancel()
            elif error := task.exception():
                outcome.set_exception(error)
            else:
                outcome.set_result(task.result())

        self._loop.call_soon_threadsafe(start)
        try:
            return outcome.result(timeout)
        except TimeoutError:
            self._loop.call_soon_threadsafe(lambda: tasks[0].cancel())
            raise


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
