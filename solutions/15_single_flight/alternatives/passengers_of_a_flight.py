"""A load is an async context manager: calls board it, wait for its event, and the last to leave stops it."""

import asyncio

import aiohttp


async def load(session: aiohttp.ClientSession, url: str) -> bytes:
    """The body of `url`, fresh from its server."""
    async with session.get(url) as response:
        response.raise_for_status()
        return await response.read()


class Flight:
    """One load, for those who are aboard."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self.body: bytes | None = None
        self.error: Exception | None = None
        self.given_up = False
        self.ended_at = float("inf")
        self._session = session
        self._url = url
        self._landed = asyncio.Event()
        self._passengers = 0
        self._task = asyncio.create_task(self._fly())

    async def _fly(self) -> None:
        try:
            self.body = await load(self._session, self._url)
        except Exception as error:
            self.error = error
        self.ended_at = asyncio.get_running_loop().time()
        self._landed.set()

    def is_of_use(self, ttl: float) -> bool:
        """Whether a call may board: the load is running, or its body is fresh."""
        now = asyncio.get_running_loop().time()
        return not self.given_up and self.error is None and now < self.ended_at + ttl

    async def __aenter__(self) -> "Flight":
        self._passengers += 1
        try:
            await self._landed.wait()
        except asyncio.CancelledError:
            self._leave()
            raise
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._leave()

    def _leave(self) -> None:
        self._passengers -= 1
        if not self._passengers and not self._landed.is_set():
            self.given_up = True
            self._task.cancel()


class SingleFlightCache:
    """Bodies of pages, each loaded once for all who ask for it, and kept for `ttl` seconds."""

    def __init__(self, session: aiohttp.ClientSession, ttl: float) -> None:
        self._session = session
        self._ttl = ttl
        self._flights: dict[str, Flight] = {}

    async def get(self, url: str) -> bytes:
        """The body of `url`, at most `ttl` seconds old."""
        flight = self._flights.get(url)
        if flight is None or not flight.is_of_use(self._ttl):
            flight = self._flights[url] = Flight(self._session, url)
        async with flight:
            if flight.error is not None:
                raise flight.error
            assert flight.body is not None
            return flight.body
