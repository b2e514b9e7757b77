"""Each call waits for a future of its own; a callback of the load fulfils them all."""

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
        self._loads: dict[str, asyncio.Task[bytes]] = {}

    async def get(self, url: str) -> bytes:
        """The body of `url`, at most `ttl` seconds old."""
        if url in self._bodies:
            return self._bodies[url]
        call: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        if url not in self._loads:
            self._waiting[url] = set()
            self._loads[url] = asyncio.create_task(load(self._session, url))
            self._loads[url].add_done_callback(lambda task: self._landed(url, task))
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

    def _landed(self, url: str, task: asyncio.Task[bytes]) -> None:
        if task.cancelled():
            return
        del self._loads[url]
        calls = [call for call in self._waiting.pop(url) if not call.done()]
        error = task.exception()
        if error is not None:
            for call in calls:
                call.set_exception(error)
            return
        # Nobody needs to look at the clock: the loop forgets the body when its time is over.
        self._bodies[url] = task.result()
        asyncio.get_running_loop().call_later(self._ttl, self._bodies.pop, url)
        for call in calls:
            call.set_result(task.result())
