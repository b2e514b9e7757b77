"""Cache stampede: however many ask for a page at once, load it once."""

import aiohttp


async def load(session: aiohttp.ClientSession, url: str) -> bytes:
    """The body of `url`, fresh from its server."""
    async with session.get(url) as response:
        response.raise_for_status()
        return await response.read()


class SingleFlightCache:
    """Bodies of pages, each loaded once for all who ask for it, and kept for `ttl` seconds."""

    def __init__(self, session: aiohttp.ClientSession, ttl: float) -> None:
        self.session = session
        self.ttl = ttl

    async def get(self, url: str) -> bytes:
        """The body of `url`, at most `ttl` seconds old."""
        # TODO: share one load among all calls that wait for it, and keep its body.
        return await load(self.session, url)
