"""The whole order is a task; a cancellation is passed on to it only while it reserves."""

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


async def place_order(session: aiohttp.ClientSession, url: str) -> str:
    """The receipt for a seat at the theatre `url`, which is either charged or not reserved in the end."""
    reserved = False

    async def order() -> str:
        nonlocal reserved
        seat = await reserve(session, url)
        reserved = True
        try:
            return await charge(session, url, seat)
        except Exception:
            await release(session, url, seat)
            raise

    task = asyncio.create_task(order())
    cancelled = False
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            cancelled = True
            if not reserved:
                task.cancel()
    if cancelled and not task.cancelled():
        task.exception()
        raise asyncio.CancelledError
    return await task
