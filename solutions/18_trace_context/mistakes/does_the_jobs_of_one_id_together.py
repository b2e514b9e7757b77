"""correctness: keeps a list of jobs for each id, and empties one list before it turns to the next."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import ContextVar
from typing import Any, TypeVar

import aiohttp

T = TypeVar("T")

#: The id of the request that the current code works for.
trace_id: ContextVar[str] = ContextVar("trace_id", default="-")


async def ask(session: aiohttp.ClientSession, url: str) -> str:
    """The answer of another service, which is told the trace id."""
    async with session.get(url, headers={"X-Trace-Id": trace_id.get()}) as response:
        return await response.text()


async def handle(session: aiohttp.ClientSession, urls: Sequence[str]) -> list[str]:
    """The answers of `urls`, asked one after another."""
    return [await ask(session, url) for url in urls]


def write(disk: Callable[[str], T], text: str) -> T:
    """Write a line that begins with the trace id; this blocks the thread."""
    return disk(f"[{trace_id.get()}] {text}")


async def shift(
    own_id: str, session: aiohttp.ClientSession, requests: Mapping[str, Sequence[str]], report: str
) -> dict[str, list[str]]:
    """Serve `requests` on behalf of `own_id`; whatever happens, ask the URL `report` at the end."""
    trace_id.set(own_id)
    try:
        return await serve(session, requests)
    finally:
        await ask(session, report)


async def log(own_id: str, disk: Callable[[str], T], text: str) -> T:
    """Write a line on behalf of `own_id`."""
    trace_id.set(own_id)
    return await run_blocking(write, disk, text)


async def order(own_id: str, jobs: "JobQueue", session: aiohttp.ClientSession, urls: Sequence[str]) -> None:
    """Leave a job for later on behalf of `own_id`: ask `urls`."""
    trace_id.set(own_id)
    jobs.submit(handle, session, urls)


async def serve(session: aiohttp.ClientSession, requests: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """The answers of each request, handled together with the others, each under its own id."""

    async def handle_as(name: str, urls: Sequence[str]) -> list[str]:
        trace_id.set(name)
        return await handle(session, urls)

    answers = await asyncio.gather(*(handle_as(name, urls) for name, urls in requests.items()))
    return dict(zip(requests, answers))


async def run_blocking(func: Callable[..., T], *args: Any) -> T:
    """The result of `func(*args)`, which blocks its thread and sees the caller's trace id."""
    return await asyncio.to_thread(func, *args)


class JobQueue:
    """Jobs for later; each runs under the trace id of its submitter."""

    def __init__(self) -> None:
        self._jobs: dict[str, deque[tuple[Callable[..., Any], tuple[Any, ...]]]] = {}
        self._submitted = asyncio.Event()

    def submit(self, func: Callable[..., Awaitable[object]], *args: Any) -> None:
        """Leave `await func(*args)` for the worker."""
        self._jobs.setdefault(trace_id.get(), deque()).append((func, args))
        self._submitted.set()

    async def run_worker(self) -> None:
        """Run the jobs one by one, in order, and wait for more, until cancelled."""
        while True:
            await self._submitted.wait()
            self._submitted.clear()
            while self._jobs:
                name, jobs = next(iter(self._jobs.items()))
                trace_id.set(name)
                while jobs:
                    func, args = jobs.popleft()
                    await func(*args)
                del self._jobs[name]
