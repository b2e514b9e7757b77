"""correctness: passes on only the failures of aiohttp, so that after a timeout all who wait do so for ever."""

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
        self._bodies: dict[str, bytes] = {}
        self._waiting: dict[str, set[asyncio.Future[bytes]]] = {}
        self._loads: dict[str, asyncio.Task[None]] = {}

    async def get(self, url: str) -> bytes:
        """The body of `url`, at most `ttl` seconds old."""
        if url in self._bodies:
            return self._bodies[url]
        call: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        if url not in self._loads:
            self._waiting[url] = set()
            self._loads[url] = asyncio.create_task(self._load(url))
        calls = self._waiting[url]
        calls.add(call)
        try:
            return await call
        except asyncio.CancelledError:
            calls.discard(call)
            if not calls and self._waiting.get(url) is calls:
                del self._waiting[url]
                self._loads.pop(url).cancel()
            raise

    async def _load(self, url: str) -> None:
        body, error = b"", None
        try:
            body = await load(self._session, url)
        except aiohttp.ClientError as failure:
            error = failure
        del self._loads[url]
        calls = [call for call in self._waiting.pop(url) if not call.done()]
        for call in calls:
            if error is not None:
                call.set_exception(error)
            else:
                call.set_result(body)
        if error is None:
            self._bodies[url] = body
            asyncio.get_running_loop().call_later(self._ttl, self._bodies.pop, url)
