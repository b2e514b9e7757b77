"""cancellation: notes cancellations in a list of the class, so that they end the orders of others too."""

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


class Commit:
    """Carries steps through, and notes the cancellations that arrive meanwhile."""

    cancellations: list[asyncio.CancelledError] = []

    async def carry_through(self, task: asyncio.Task[str] | asyncio.Task[None]) -> None:
        while not task.done():
            try:
                await asyncio.wait([task])
            except asyncio.CancelledError as cancellation:
                self.cancellations.append(cancellation)


async def place_order(session: aiohttp.ClientSession, url: str) -> str:
    """The receipt for a seat at the theatre `url`, which is either charged or not reserved in the end."""
    seat = await reserve(session, url)
    commit = Commit()
    charging = asyncio.create_task(charge(session, url, seat))
    await commit.carry_through(charging)
    if charging.exception() is not None:
        await commit.carry_through(asyncio.create_task(release(session, url, seat)))
    if commit.cancellations:
        raise commit.cancellations[0]
    return charging.result()
