"""correctness: takes the finished counts from a set, and gives them the names in order."""

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
    names = list(branches)
    tasks = [asyncio.create_task(count_loaves(session, url)) for url in branches.values()]
    done = set()
    try:
        if tasks:
            done, _ = await asyncio.wait(tasks, timeout=deadline)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    ok, failed = {}, {}
    for name, task in zip(names, done):
        failure = task.exception()
        if failure is None:
            ok[name] = task.result()
        else:
            failed[name] = failure
    return Report(ok, failed, set(names[len(done) :]))
