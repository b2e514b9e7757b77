"""correctness: waits for all together, so that at the deadline it has nothing."""

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
    counts = asyncio.gather(*(count_loaves(session, url) for url in branches.values()), return_exceptions=True)
    try:
        endings = await asyncio.wait_for(counts, deadline)
    except TimeoutError:
        return Report({}, {}, set(branches))
    ok, failed = {}, {}
    for name, ending in zip(branches, endings):
        if isinstance(ending, Exception):
            failed[name] = ending
        else:
            ok[name] = ending
    return Report(ok, failed, set())
