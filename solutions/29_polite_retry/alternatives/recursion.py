"""A failed attempt calls itself with one attempt less; aiohttp watches the time."""

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
    loop = asyncio.get_running_loop()
    latest = float("inf") if policy.budget is None else loop.time() + policy.budget

    async def attempt(number: int) -> bytes:
        asked = 0
        try:
            async with session.get(url, timeout=aiohttp.ClientTimeout(total=policy.timeout)) as response:
                if response.status in RETRIED:
                    asked = int(response.headers.get("Retry-After", "0"))
                response.raise_for_status()
                return await response.read()
        except aiohttp.ClientResponseError as error:
            if error.status not in RETRIED:
                raise
            failure: Exception = error
        except (aiohttp.ClientConnectionError, TimeoutError) as error:
            failure = error
        if number + 1 >= policy.attempts:
            raise failure
        delay = max(asked, rng() * min(policy.cap, policy.base * 2**number))
        if loop.time() + delay > latest:
            raise failure
        await asyncio.sleep(delay)
        return await attempt(number + 1)

    return await attempt(0)
