"""Each load is a task of its own, which knows how many calls wait for it; the last to leave cancels it."""

import asyncio
import math

import aiohttp


async def load(session: aiohttp.ClientSession, url: str) -> bytes:
    """The body of `url`, fresh from its server."""
    async with session.get(url) as response:
        response.raise_for_status()
        return await response.read()


class Flight:
    """One load, and the number of calls that wait for it."""

    def __init__(self, session: aiohttp.ClientSession, url: str, ttl: float) -> None:
        self.waiting = 0
        self.expires = math.inf
        self.task = asyncio.create_task(self._load(session, url, ttl))

    async def _load(self, session: aiohttp.ClientSession, url: str, ttl: float) -> bytes:
        expires = -math.inf  # a failure is not kept
        try:
            body = await load(session, url)
            expires = asyncio.get_running_loop().time() + ttl
            return body
        finally:
            self.expires = expires


class SingleFlightCache:
    """Bodies of pages, each loaded once for all who ask for it, and kept for `ttl` seconds."""

    def __init__(self, session: aiohttp.ClientSession, ttl: float) -> None:
        self._session = session
        self._ttl = ttl
        self._flights: dict[str, Flight] = {}

    async def get(self, url: str) -> bytes:
        """The body of `url`, at most `ttl` seconds old."""
        flight = self._flights.get(url)
        if flight is None or asyncio.get_running_loop().time() >= flight.expires:
            flight = self._flights[url] = Flight(self._session, url, self._ttl)
        flight.waiting += 1
        try:
            return await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if not flight.waiting and not flight.task.done():
                # Forgotten at once: a call that comes before the task has ended must not wait for it.
                del self._flights[url]
                flight.task.cancel()
