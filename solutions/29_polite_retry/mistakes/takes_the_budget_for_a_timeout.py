"""concurrency: puts the whole call under a timeout of `budget` seconds, and waits until it has run out."""

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


async def try_for_ever_so_long(
    session: aiohttp.ClientSession, url: str, policy: Policy, rng: Callable[[], float]
) -> bytes:
    """The body of `url`, without a budget."""
    for number in range(policy.attempts):
        least = 0
        try:
            async with asyncio.timeout(policy.timeout), session.get(url) as response:
                least = int(response.headers.get("Retry-After", 0))
                response.raise_for_status()
                return await response.read()
        except aiohttp.ClientResponseError as error:
            if error.status not in RETRIED:
                raise
            failure = error
        except (aiohttp.ClientConnectionError, TimeoutError) as error:
            failure = error
        if number + 1 == policy.attempts:
            break
        wait = max(least, rng() * min(policy.cap, policy.base * 2**number))
        await asyncio.sleep(wait)
    raise failure


async def get_with_retry(
    session: aiohttp.ClientSession, url: str, policy: Policy, *, rng: Callable[[], float] = random.random
) -> bytes:
    """The body of `url`, tried as often and as patiently as `policy` says."""
    async with asyncio.timeout(policy.budget):
        return await try_for_ever_so_long(session, url, policy, rng)
