"""A task group owns the counts, each of which notes how it ended; a timeout around it ends the rest."""

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
    report = Report({}, {}, set(branches))

    async def note(name: str, url: str) -> None:
        try:
            report.ok[name] = await count_loaves(session, url)
        except Exception as failure:
            report.failed[name] = failure
        report.late.discard(name)

    try:
        async with asyncio.timeout(deadline), asyncio.TaskGroup() as group:
            for name, url in branches.items():
                group.create_task(note(name, url))
    except TimeoutError:
        pass  # Failures are noted, so this is the deadline.
    return report
