"""concurrency: asks each branch when the one before has answered."""

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
    report = Report({}, {}, set(branches))
    try:
        async with asyncio.timeout(deadline) as limit:
            for name, url in branches.items():
                try:
                    report.ok[name] = await count_loaves(session, url)
                except Exception as failure:
                    report.failed[name] = failure
                report.late.discard(name)
    except TimeoutError:
        if not limit.expired():
            raise
    return report
