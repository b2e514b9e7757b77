"""cancellation: a plain `gather` that is cancelled raises when the first count has ended."""

import asyncio
from dataclasses import dataclass

import aiohttp


@dataclass(frozen=True)
class Report:
    """What is known of the branches at the deadline, by their names."""

    ok: dict[str, int]
    failed: dict[str, Exception]
    late: set[str]


async def count_loaves(session: aiohttp.ClientSession, url: str) -> int:
    """The loaves in the branch at `url`; when it is cancelled, it calls the count off before it ends."""
    try:
        async with session.get(url) as response:
            response.raise_for_status()
            answer = await response.json()
    except asyncio.CancelledError:
        async with session.delete(url):
            pass
        raise
    return answer["loaves"]


async def survey(session, branches, deadline):
    end = asyncio.get_running_loop().time() + deadline
    ok, failed, late = {}, {}, set()

    async def count(name, url):
        try:
            async with asyncio.timeout_at(end) as limit:
                ok[name] = await count_loaves(session, url)
        except Exception as failure:
            if limit.expired():
                late.add(name)
            else:
                failed[name] = failure

    await asyncio.gather(*(count(name, url) for name, url in branches.items()))
    return Report(ok, failed, late)
