"""Each attempt is a task that is given some time, and its end is judged from outside."""

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


async def fetch(session: aiohttp.ClientSession, url: str) -> tuple[bytes, aiohttp.ClientResponse]:
    """One GET with its body, whatever its status."""
    async with session.get(url) as response:
        return await response.read(), response


async def let_it_run(attempt: "asyncio.Task[tuple[bytes, aiohttp.ClientResponse]]", seconds: float) -> None:
    """Wait until the attempt has ended, by itself or because its time is up."""
    try:
        await asyncio.wait([attempt], timeout=seconds)
    finally:
        if attempt.cancel():
            await asyncio.wait([attempt])


def judge(attempt: "asyncio.Task[tuple[bytes, aiohttp.ClientResponse]]") -> tuple[bytes, Exception | None, float]:
    """The body, or the failure that is worth another attempt, and the seconds that the service asks for."""
    if attempt.cancelled():
        return b"", TimeoutError(), 0.0
    error = attempt.exception()
    if isinstance(error, aiohttp.ClientConnectionError | TimeoutError):
        return b"", error, 0.0
    body, response = attempt.result()
    try:
        response.raise_for_status()
    except aiohttp.ClientResponseError as bad_status:
        if bad_status.status not in RETRIED:
            raise
        return b"", bad_status, float(response.headers.get("Retry-After", "0"))
    return body, None, 0.0


async def get_with_retry(
    session: aiohttp.ClientSession, url: str, policy: Policy, *, rng: Callable[[], float] = random.random
) -> bytes:
    """The body of `url`, tried as often and as patiently as `policy` says."""
    clock = asyncio.get_running_loop().time
    latest = float("inf") if policy.budget is None else clock() + policy.budget
    longest, left = policy.base, policy.attempts
    while True:
        left -= 1
        attempt = asyncio.create_task(fetch(session, url))
        await let_it_run(attempt, policy.timeout)
        body, failure, asked = judge(attempt)
        if failure is None:
            return body
        if not left:
            raise failure
        start = clock() + max(asked, rng() * min(policy.cap, longest))
        if start > latest:
            raise failure
        await asyncio.sleep(start - clock())
        longest *= 2
