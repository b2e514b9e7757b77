"""One `gather` that takes failures and cancellations for results, looked at until the deadline."""

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
    counts = [asyncio.create_task(count_loaves(session, url)) for url in branches.values()]
    endings = asyncio.gather(*counts, return_exceptions=True)
    try:
        await asyncio.wait([endings], timeout=deadline)
    finally:
        for count in counts:
            count.cancel()
        await endings
    report = Report({}, {}, set())
    for name, ending in zip(branches, endings.result()):
        match ending:
            case asyncio.CancelledError():
                report.late.add(name)
            case Exception():
                report.failed[name] = ending
            case _:
                report.ok[name] = ending
    return report
