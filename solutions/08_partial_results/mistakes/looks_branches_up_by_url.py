"""correctness: looks the name of a branch up by its URL, so that of two branches with one URL one is missing."""

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
    report = Report(ok={}, failed={}, late=set())
    names = {url: name for name, url in branches.items()}
    tasks = {url: asyncio.create_task(count_loaves(session, url)) for url in names}
    pending = set(tasks.values())
    try:
        if tasks:
            _, pending = await asyncio.wait(pending, timeout=deadline)
    finally:
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
    for url, task in tasks.items():
        if task in pending:
            report.late.add(names[url])
        elif failure := task.exception():
            report.failed[names[url]] = failure
        else:
            report.ok[names[url]] = task.result()
    return report
