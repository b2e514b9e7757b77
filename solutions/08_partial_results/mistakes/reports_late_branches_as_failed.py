"""correctness: reports a late branch as failed, with a TimeoutError."""

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
    ok, failed, late = {}, {}, set()
    async def count(name, url):
        try:
            ok[name] = await asyncio.wait_for(count_loaves(session, url), deadline)
        except Exception as failure:
            failed[name] = failure

    await asyncio.gather(*(count(name, url) for name, url in branches.items()), return_exceptions=True)
    return Report(ok, failed, late)
