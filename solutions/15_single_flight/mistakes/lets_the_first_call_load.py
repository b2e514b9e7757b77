"""cancellation: the first call loads for all, so that the others are cancelled with it."""

import asyncio

import aiohttp


async def load(session: aiohttp.ClientSession, url: str) -> bytes:
    """The body of `url`, fresh from its server."""
    async with session.get(url) as response:
        response.raise_for_status()
        return await response.read()


class SingleFlightCache:
    def __init__(self, session, ttl):
        self._session, self._ttl = session, ttl
        self._bodies, self._loads = {}, {}

    async def get(self, url):
        clock = asyncio.get_running_loop().time
        if url in self._bodies and clock() < self._bodies[url][0]:
            return self._bodies[url][1]
        if url in self._loads:
            return await asyncio.shield(self._loads[url])
        result = self._loads[url] = asyncio.get_running_loop().create_future()
        try:
            body = await load(self._session, url)
            self._bodies[url] = clock() + self._ttl, body
            result.set_result(body)
            return body
        except asyncio.CancelledError:
            result.cancel()
            raise
        except Exception as error:
            result.set_exception(error)
            result.exception()
            raise
        finally:
            del self._loads[url]
