"""One attempt is a function of its own; the loop around it decides whether, and when, there is another."""

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


async def attempt(session: aiohttp.ClientSession, url: str, timeout: float) -> bytes:
    """One attempt: the connection is given back when it ends, however it ends."""
    async with asyncio.timeout(timeout), session.get(url) as response:
        response.raise_for_status()
        return await response.read()


def may_pass(failure: Exception) -> bool:
    """Whether another attempt may do better."""
    return not isinstance(failure, aiohttp.ClientResponseError) or failure.status in RETRIED


def asked_wait(failure: Exception) -> float:
    """The seconds that the server has asked for with `Retry-After`."""
    headers = failure.headers if isinstance(failure, aiohttp.ClientResponseError) else None
    return float(headers.get("Retry-After", 0)) if headers else 0.0


async def get_with_retry(
    session: aiohttp.ClientSession, url: str, policy: Policy, *, rng: Callable[[], float] = random.random
) -> bytes:
    """The body of `url`, tried as often and as patiently as `policy` says."""
    loop = asyncio.get_running_loop()
    called = loop.time()
    number = 0
    while True:
        try:
            return await attempt(session, url, policy.timeout)
        except (aiohttp.ClientConnectionError, aiohttp.ClientResponseError, TimeoutError) as failure:
            if number + 1 == policy.attempts or not may_pass(failure):
                raise
            wait = max(asked_wait(failure), rng() * min(policy.cap, policy.base * 2**number))
            if policy.budget is not None and loop.time() + wait - called > policy.budget:
                raise
        await asyncio.sleep(wait)
        number += 1
