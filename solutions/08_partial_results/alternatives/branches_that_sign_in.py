"""A task group whose tasks enter themselves in the report, and a timer that cancels those that have not."""

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
    tasks: dict[str, asyncio.Task[None]] = {}

    async def sign_in(name: str, url: str) -> None:
        try:
            report.ok[name] = await count_loaves(session, url)
        except Exception as failure:
            report.failed[name] = failure

    def close() -> None:
        for name, task in tasks.items():
            if not task.done():
                report.late.add(name)
                task.cancel()

    timer = asyncio.get_running_loop().call_later(deadline, close)
    try:
        async with asyncio.TaskGroup() as group:
            for name, url in branches.items():
                tasks[name] = group.create_task(sign_in(name, url))
    finally:
        timer.cancel()
    return report
