"""cancellation: cancels a count only when the one before has ended, when the survey itself is cancelled."""

import asyncio
from collections.abc import Mapping
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


async def survey(session: aiohttp.ClientSession, branches: Mapping[str, str], deadline: float) -> Report:
    """What the branches have answered within `deadline` seconds, and which have failed or are late."""
    counts = {name: asyncio.create_task(count_loaves(session, url)) for name, url in branches.items()}
    report = Report({}, {}, set())
    if not counts:
        return report
    try:
        _, late = await asyncio.wait(counts.values(), timeout=deadline)
        for count in late:
            count.cancel()
        await asyncio.gather(*late, return_exceptions=True)
    except asyncio.CancelledError:
        for count in counts.values():
            count.cancel()
            await asyncio.gather(count, return_exceptions=True)
        raise
    for name, count in counts.items():
        if count in late:
            report.late.add(name)
        elif failure := count.exception():
            report.failed[name] = failure
        else:
            report.ok[name] = count.result()
    return report
