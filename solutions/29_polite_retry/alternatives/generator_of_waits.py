"""A generator knows the waits; `wait_for` watches the time."""

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


def backoff(policy: Policy, rng: Callable[[], float]):
    """The waits between the attempts, before the server has been heard."""
    for number in range(policy.attempts - 1):
        yield rng() * min(policy.cap, policy.base * 2**number)


class TryAgain(Exception):
    """A status that may be better next time."""

    def __init__(self, asked: float, error: aiohttp.ClientResponseError) -> None:
        super().__init__(asked, error)
        self.asked = asked
        self.error = error


async def fetch(session: aiohttp.ClientSession, url: str) -> bytes:
    response = await session.get(url)
    try:
        if response.status in RETRIED:
            error = aiohttp.ClientResponseError(
                response.request_info, response.history, status=response.status, message=response.reason or ""
            )
            raise TryAgain(float(response.headers.get("Retry-After") or 0), error)
        response.raise_for_status()
        return await response.read()
    finally:
        response.close()


async def get_with_retry(
    session: aiohttp.ClientSession, url: str, policy: Policy, *, rng: Callable[[], float] = random.random
) -> bytes:
    """The body of `url`, tried as often and as patiently as `policy` says."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    waits = backoff(policy, rng)
    while True:
        asked = 0.0
        try:
            return await asyncio.wait_for(fetch(session, url), policy.timeout)
        except TryAgain as again:
            asked, failure = again.asked, again.error
        except (TimeoutError, aiohttp.ClientConnectionError) as error:
            failure = error
        wait = next(waits, None)
        if wait is None:
            raise failure
        wait = max(wait, asked)
        if policy.budget is not None and loop.time() - start + wait > policy.budget:
            raise failure
        await asyncio.sleep(wait)
