"""concurrency: takes the random factor first and caps the product, so that long waits are not spread."""

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
    time = asyncio.get_running_loop().time
    begin = time()
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
        wait = max(least, min(policy.cap, rng() * policy.base * 2**number))
        if policy.budget is not None and time() + wait - begin > policy.budget:
            break
        await asyncio.sleep(wait)
    raise failure
