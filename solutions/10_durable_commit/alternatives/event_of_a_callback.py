"""A callback tells an event that the commit is over; the loop waits for the event again and again."""

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
    """Work in the background that nobody can cancel, and whose end can be waited for."""

    def __init__(self, session: aiohttp.ClientSession, url: str, seat: str) -> None:
        self._over = asyncio.Event()
        self._task = asyncio.create_task(self._run(session, url, seat))
        self._task.add_done_callback(lambda _: self._over.set())

    async def _run(self, session: aiohttp.ClientSession, url: str, seat: str) -> tuple[str, Exception | None]:
        try:
            return await charge(session, url, seat), None
        except Exception as failure:
            await release(session, url, seat)
            return "", failure

    async def receipt(self) -> str:
        """The receipt, when there is one; a cancellation is raised at the end."""
        cancellations = 0
        while not self._over.is_set():
            try:
                await self._over.wait()
            except asyncio.CancelledError:
                cancellations += 1
        if cancellations:
            raise asyncio.CancelledError
        receipt, failure = self._task.result()
        if failure:
            raise failure
        return receipt


async def place_order(session: aiohttp.ClientSession, url: str) -> str:
    """The receipt for a seat at the theatre `url`, which is either charged or not reserved in the end."""
    seat = await reserve(session, url)
    return await Commit(session, url, seat).receipt()
