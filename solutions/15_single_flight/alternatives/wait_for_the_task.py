"""The calls wait with `asyncio.wait`, which leaves the task alone; two dictionaries hold bodies and loads."""

import asyncio

import aiohttp


async def load(session: aiohttp.ClientSession, url: str) -> bytes:
    """The body of `url`, fresh from its server."""
    async with session.get(url) as response:
        response.raise_for_status()
        return await response.read()


class SingleFlightCache:
    """Bodies of pages, each loaded once for all who ask for it, and kept for `ttl` seconds."""

    def __init__(self, session: aiohttp.ClientSession, ttl: float) -> None:
        self._session = session
        self._ttl = ttl
        self._bodies: dict[str, tuple[float, bytes]] = {}
        self._loads: dict[str, asyncio.Task[bytes]] = {}
        self._waiting: dict[asyncio.Task[bytes], int] = {}

    async def get(self, url: str) -> bytes:
        """The body of `url`, at most `ttl` seconds old."""
        expires, body = self._bodies.get(url, (0.0, b""))
        if asyncio.get_running_loop().time() < expires:
            return body
        task = self._loads.get(url)
        if task is None:
            task = self._loads[url] = asyncio.create_task(self._load(url))
            self._waiting[task] = 0
        self._waiting[task] += 1
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            if self._waiting[task] == 1 and not task.done():
                task.cancel()
                self._loads.pop(url)
            raise
        finally:
            self._waiting[task] -= 1
            if not self._waiting[task]:
                del self._waiting[task]
        return task.result()

    async def _load(self, url: str) -> bytes:
        try:
            body = await load(self._session, url)
            self._bodies[url] = asyncio.get_running_loop().time() + self._ttl, body
            return body
        finally:
            # A load that was cancelled may have a successor already.
            if self._loads.get(url) is asyncio.current_task():
                del self._loads[url]
