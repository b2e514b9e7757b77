"""cancellation: when it is cancelled, it waits for the charge, and then releases the seat that is paid."""

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
    seat = await reserve(session, url)
    commit = asyncio.create_task(charge_or_release(session, url, seat))
    cancellation = None
    while not commit.done():
        try:
            await asyncio.wait([commit])
        except asyncio.CancelledError as error:
            cancellation = error
    if cancellation is not None:
        if not commit.exception():
            release_task = asyncio.create_task(release(session, url, seat))
            while not release_task.done():
                try:
                    await asyncio.wait([release_task])
                except asyncio.CancelledError:
                    pass
        raise cancellation
    return commit.result()


async def charge_or_release(session, url, seat):
    try:
        return await charge(session, url, seat)
    except Exception:
        await release(session, url, seat)
        raise
