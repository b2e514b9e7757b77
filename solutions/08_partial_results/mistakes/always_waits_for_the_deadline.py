"""concurrency: sleeps until the deadline, even if all branches have answered."""

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
    counts = {name: asyncio.create_task(count_loaves(session, url)) for name, url in branches.items()}
    ok, failed, late = {}, {}, set()
    try:
        if counts:
            await asyncio.sleep(deadline)
    finally:
        late = {name for name, count in counts.items() if count.cancel()}
        await asyncio.gather(*counts.values(), return_exceptions=True)
    for name, task in counts.items():
        if name not in late:
            failure = task.exception()
            if failure is None:
                ok[name] = task.result()
            else:
                failed[name] = failure
    return Report(ok, failed, late)
