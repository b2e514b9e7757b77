"""correctness: catches every failure and returns None."""

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


async def place_order(session, url):
    try:
        seat = await reserve(session, url)
    except Exception:
        return None
    commit = asyncio.create_task(charge_or_release(session, url, seat))
    cancellation = None
    while not commit.done():
        try:
            await asyncio.wait([commit])
        except asyncio.CancelledError as error:
            cancellation = error
    if cancellation is not None:
        raise cancellation from commit.exception()
    if commit.exception():
        return None
    return commit.result()


async def charge_or_release(session, url, seat):
    try:
        return await charge(session, url, seat)
    except Exception:
        await release(session, url, seat)
        raise
