"""A client middleware of aiohttp tries again; to its caller it is one request."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass

import aiohttp

#: The statuses that may be better next time.
RETRIED = frozenset({429, 502, 503, 504})


@dataclass(frozen=True)
class Policy:
    """How often and how patiently to try; times are in seconds."""

    attempts: int = 4
    timeout: float = 10.0
    base: float = 1.0
    cap: float = 30.0
    budget: float | None = None


async def get_with_retry(
    session: aiohttp.ClientSession, url: str, policy: Policy, *, rng: Callable[[], float] = random.random
) -> bytes:
    """The body of `url`, tried as often and as patiently as `policy` says."""
    clock = asyncio.get_running_loop().time
    called = clock()

    async def retry(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        for number in range(policy.attempts):
            response, failure, asked = None, None, 0.0
            try:
                async with asyncio.timeout(policy.timeout):
                    response = await handler(request)
                    try:
                        await response.read()  # keeps the body, and gives the connection back
                    except BaseException:
                        response.close()
                        raise
                if response.status not in RETRIED:
                    return response
                asked = float(response.headers.get("Retry-After", 0))
            except (aiohttp.ClientConnectionError, TimeoutError) as error:
                response, failure = None, error
            wait = max(asked, rng() * min(policy.cap, policy.base * 2**number))
            too_late = policy.budget is not None and clock() + wait > called + policy.budget
            if number + 1 == policy.attempts or too_late:
                break
            await asyncio.sleep(wait)
        if response is None:
            raise failure
        return response

    no_limit = aiohttp.ClientTimeout(total=None)
    async with session.get(url, middlewares=(retry,), timeout=no_limit) as response:
        response.raise_for_status()
        return await response.read()
