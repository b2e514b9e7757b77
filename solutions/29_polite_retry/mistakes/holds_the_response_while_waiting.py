"""concurrency: waits inside the block of the response, which holds its connection."""

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

    def delay_after(number, retry_after=0):
        if number == policy.attempts - 1:
            return None
        delay = max(retry_after, rng() * min(policy.cap, policy.base * 2**number))
        if policy.budget is not None and loop.time() + delay > start + policy.budget:
            return None
        return delay

    for number in range(policy.attempts):
        try:
            async with asyncio.timeout(policy.timeout) as limit:
                async with session.get(url) as response:
                    if response.status not in RETRIED:
                        response.raise_for_status()
                        return await response.read()
                    delay = delay_after(number, int(response.headers.get("Retry-After", 0)))
                    if delay is None:
                        response.raise_for_status()
                    limit.reschedule(None)
                    await asyncio.sleep(delay)
        except (aiohttp.ClientConnectionError, TimeoutError):
            delay = delay_after(number)
            if delay is None:
                raise
            await asyncio.sleep(delay)
