"""Each step is carried through by itself; what it gives and whether the caller was cancelled are values."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import aiohttp


async def reserve(session: aiohttp.ClientSession, url: str) -> str:
    """Reserve a seat at the theatre `url`; its number."""
    async with session.post(f"{url}/seats") as response:
        response.raise_for_status()
        answer = await response.json()
    return answer["seat"]


async def charge(session: aiohttp.ClientSession, url: str, seat: str) -> str:
    """Charge the card for `seat`; the receipt."""
    async with session.post(f"{url}/seats/{seat}/charge") as response:
        response.raise_for_status()
        answer = await response.json()
    return answer["receipt"]


async def release(session: aiohttp.ClientSession, url: str, seat: str) -> None:
    """Give `seat` back, so that others can have it."""
    async with session.delete(f"{url}/seats/{seat}") as response:
        response.raise_for_status()


T = TypeVar("T")


async def carry_through(step: Coroutine[Any, Any, T]) -> tuple[asyncio.Task[T], bool]:
    """Run `step` to its end; the finished task, and whether the caller was cancelled meanwhile."""
    task = asyncio.create_task(step)
    cancelled = False
    while True:
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            cancelled = True
        except Exception:
            pass  # The caller asks the task for it.
        if task.done():
            return task, cancelled


async def place_order(session: aiohttp.ClientSession, url: str) -> str:
    """The receipt for a seat at the theatre `url`, which is either charged or not reserved in the end."""
    seat = await reserve(session, url)
    charging, cancelled = await carry_through(charge(session, url, seat))
    if charging.exception() is not None:
        _, cancelled_again = await carry_through(release(session, url, seat))
        cancelled = cancelled or cancelled_again
    if cancelled:
        raise asyncio.CancelledError
    return charging.result()
