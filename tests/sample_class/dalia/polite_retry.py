"""concurrency: does not look at the header Retry-After."""

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


async def get_with_retry(session, url, policy, *, rng=random.random):
    loop = asyncio.get_running_loop()
    start = loop.time()
    for number in range(policy.attempts):
        try:
            async with asyncio.timeout(policy.timeout):
                async with session.get(url) as response:
                    response.raise_for_status()
                    return await response.read()
        except aiohttp.ClientResponseError as error:
            if error.status not in RETRIED:
                raise
            failure = error
        except (aiohttp.ClientConnectionError, TimeoutError) as error:
            failure = error
        if number == policy.attempts - 1:
            break
        delay = rng() * min(policy.cap, policy.base * 2**number)
        if policy.budget is not None and loop.time() + delay > start + policy.budget:
            break
        await asyncio.sleep(delay)
    raise failure
