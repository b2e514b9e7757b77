"""Each URL has an object of its own; a callback keeps the body, and the last who leaves cancels the load."""

import asyncio

import aiohttp


async def load(session: aiohttp.ClientSession, url: str) -> bytes:
    """The body of `url`, fresh from its server."""
    async with session.get(url) as response:
        response.raise_for_status()
        return await response.read()


class Page:
    """One URL: its last body, the load that is running, and how many wait for that."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url
        self._load: asyncio.Task[bytes] | None = None
        self._waiting = 0
        self.body = b""
        self.came = float("-inf")

    async def fresh_body(self) -> bytes:
        """What the load brings that is running, or a new one."""
        if self._load is None:
            self._load = asyncio.create_task(load(self._session, self._url))
            self._load.add_done_callback(self._keep)
            self._waiting = 0
        self._waiting += 1
        mine = self._load
        try:
            await asyncio.wait([mine])
        except asyncio.CancelledError:
            self._leave(mine)
            raise
        return mine.result()

    def _leave(self, mine: asyncio.Task[bytes]) -> None:
        if mine is self._load:
            self._waiting -= 1
            if not self._waiting:
                self._load = None
                mine.cancel()

    def _keep(self, finished: asyncio.Task[bytes]) -> None:
        if finished is self._load:
            self._load = None
        if not finished.cancelled() and not finished.exception():
            self.body, self.came = finished.result(), asyncio.get_running_loop().time()


class SingleFlightCache:
    """Bodies of pages, each loaded once for all who ask for it, and kept for `ttl` seconds."""

    def __init__(self, session: aiohttp.ClientSession, ttl: float) -> None:
        self.session = session
        self.ttl = ttl
        self._pages: dict[str, Page] = {}

    async def get(self, url: str) -> bytes:
        """The body of `url`, at most `ttl` seconds old."""
        page = self._pages.setdefault(url, Page(self.session, url))
        if asyncio.get_running_loop().time() < page.came + self.ttl:
            return page.body
        return await page.fresh_body()
