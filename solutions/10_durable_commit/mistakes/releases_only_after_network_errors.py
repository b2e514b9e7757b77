"""correctness: releases the seat after a failure of the network only, not when the answer has no receipt."""

import asyncio

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


async def to_the_end(task: asyncio.Task[str] | asyncio.Task[None]) -> bool:
    """Wait until `task` is done; whether a cancellation has arrived meanwhile."""
    cancelled = False
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            cancelled = True
    return cancelled


async def place_order(session: aiohttp.ClientSession, url: str) -> str:
    """The receipt for a seat at the theatre `url`, which is either charged or not reserved in the end."""
    seat = await reserve(session, url)
    charging = asyncio.create_task(charge(session, url, seat))
    cancelled = await to_the_end(charging)
    if isinstance(charging.exception(), (aiohttp.ClientError, TimeoutError)):
        cancelled |= await to_the_end(asyncio.create_task(release(session, url, seat)))
    if cancelled:
        raise asyncio.CancelledError
    return charging.result()
