"""Two functions of asyncio that depend on the address of an object or on the Python version."""

from __future__ import annotations

import asyncio
import inspect
import sys
from asyncio import tasks
from collections.abc import Awaitable, Iterable
from typing import TypeVar

T = TypeVar("T")

_real_as_completed = tasks.as_completed


def as_completed(fs: Iterable[Awaitable[T]], *, timeout: float | None = None) -> object:
    """`asyncio.as_completed`, which puts what it is given into a set: tasks have an order there,
    coroutines only their address."""
    if asyncio._get_running_loop() is None or asyncio.isfuture(fs) or asyncio.iscoroutine(fs):
        return _real_as_completed(fs, timeout=timeout)
    return _real_as_completed([asyncio.ensure_future(f) for f in dict.fromkeys(fs)], timeout=timeout)


async def wait_for(fut: Awaitable[T], timeout: float | None) -> T:
    """`asyncio.wait_for` as it is since Python 3.12.

    Before, it lost a cancellation that arrived in the instant in which `fut` finished
    (https://github.com/python/cpython/issues/86296), so that right solutions failed on 3.11 alone.
    """
    if fut is not None and not inspect.isawaitable(fut):
        raise TypeError("An asyncio.Future, a coroutine or an awaitable is required")
    if timeout is not None and timeout <= 0:
        task: asyncio.Future[T] = asyncio.ensure_future(fut)
        if task.done():
            return task.result()
        task.cancel()
        await asyncio.wait([task])
        try:
            return task.result()
        except asyncio.CancelledError as exc:
            raise TimeoutError from exc
    async with asyncio.timeout(timeout):
        return await fut


def replacements() -> list[tuple[object, str, object]]:
    """(module, name, replacement) for each function to exchange."""
    fixes: list[tuple[object, str, object]] = [(module, "as_completed", as_completed) for module in (asyncio, tasks)]
    if sys.version_info < (3, 12):
        fixes += [(module, "wait_for", wait_for) for module in (asyncio, tasks)]
    return fixes
