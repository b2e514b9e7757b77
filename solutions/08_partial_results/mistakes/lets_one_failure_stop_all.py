"""correctness: lets a failed count raise in the task group, which then stops all the others."""

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

    async def note(name, url):
        report.ok[name] = await count_loaves(session, url)
        report.late.discard(name)

    try:
        async with asyncio.timeout(deadline), asyncio.TaskGroup() as group:
            tasks = {name: group.create_task(note(name, url)) for name, url in branches.items()}
    except TimeoutError:
        pass
    except ExceptionGroup:
        for name, task in tasks.items():
            if not task.cancelled() and task.exception():
                report.failed[name] = task.exception()
                report.late.discard(name)
    return report
