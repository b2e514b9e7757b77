"""Attempts come from an asynchronous generator, which waits between them and is told what went wrong."""

import asyncio
import random
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
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


class Attempt:
    """One attempt: a context that keeps a failure that is worth another attempt, and lets any other out."""

    error: Exception | None = None

    async def __aenter__(self) -> "Attempt":
        return self

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        match error:
            case aiohttp.ClientResponseError(status=status) if status in RETRIED:
                self.error = error
            case aiohttp.ClientConnectionError() | TimeoutError():
                self.error = error
        return self.error is not None

    def asks_for(self) -> float:
        """The seconds that the service asks us to wait."""
        match self.error:
            case aiohttp.ClientResponseError(headers=headers) if headers and "Retry-After" in headers:
                return float(headers["Retry-After"])
        return 0.0


async def attempts(policy: Policy, rng: Callable[[], float]) -> AsyncGenerator[Attempt, None]:
    """As many attempts as the policy allows, at its times; the error of the last is raised."""
    loop = asyncio.get_running_loop()
    begin = loop.time()
    for number in range(policy.attempts):
        yield (attempt := Attempt())
        assert attempt.error is not None
        if number + 1 == policy.attempts:
            raise attempt.error
        wait = max(rng() * min(policy.cap, policy.base * 2**number), attempt.asks_for())
        if policy.budget is not None and loop.time() + wait - begin > policy.budget:
            raise attempt.error
        await asyncio.sleep(wait)


async def get_with_retry(
    session: aiohttp.ClientSession, url: str, policy: Policy, *, rng: Callable[[], float] = random.random
) -> bytes:
    """The body of `url`, tried as often and as patiently as `policy` says."""
    async with aclosing(attempts(policy, rng)) as them:
        async for attempt in them:
            async with attempt, asyncio.timeout(policy.timeout):
                async with session.get(url, raise_for_status=True) as response:
                    return await response.read()
    raise AssertionError("the last attempt raises its error")
