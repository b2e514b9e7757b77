"""cancellation: when cancelled, waits until the thread has ended."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import Context, ContextVar, copy_context
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
    async def handle_request(name: str, urls: Sequence[str]) -> list[str]:
        trace_id.set(name)
        return await handle(session, urls)

    async with asyncio.TaskGroup() as group:
        tasks = {name: group.create_task(handle_request(name, urls)) for name, urls in requests.items()}
    return {name: task.result() for name, task in tasks.items()}


async def run_blocking(func: Callable[..., T], *args: Any) -> T:
    """The result of `func(*args)`, which blocks its thread and sees the caller's trace id."""
    call = asyncio.create_task(asyncio.to_thread(func, *args))
    try:
        return await asyncio.shield(call)
    except asyncio.CancelledError:
        await asyncio.wait([call])
        raise


class JobQueue:
    """Jobs for later; each runs under the trace id of its submitter."""

    def __init__(self) -> None:
        self._jobs: asyncio.Queue[tuple[Context, Callable[..., Any], tuple[Any, ...]]] = asyncio.Queue()

    def submit(self, func: Callable[..., Awaitable[object]], *args: Any) -> None:
        """Leave `await func(*args)` for the worker."""
        self._jobs.put_nowait((copy_context(), func, args))

    async def run_worker(self) -> None:
        """Run the jobs one by one, in order, and wait for more, until cancelled."""
        while True:
            context, func, args = await self._jobs.get()
            await asyncio.create_task(func(*args), context=context)
