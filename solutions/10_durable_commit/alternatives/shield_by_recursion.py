"""A shield that is put up again by recursion, and a release in `finally`."""

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


async def undisturbed(task: asyncio.Future[str | None]) -> None:
    """Wait until `task` is done, however often this is cancelled; then raise the last cancellation."""
    try:
        await asyncio.shield(asyncio.wait([task]))
    except asyncio.CancelledError:
        await undisturbed(task)
        raise


async def place_order(session: aiohttp.ClientSession, url: str) -> str:
    """The receipt for a seat at the theatre `url`, which is either charged or not reserved in the end."""
    seat = await reserve(session, url)
    charging = asyncio.ensure_future(charge(session, url, seat))
    try:
        await undisturbed(charging)
    finally:
        if charging.cancelled() or charging.exception() is not None:
            await undisturbed(asyncio.ensure_future(release(session, url, seat)))
    return charging.result()
