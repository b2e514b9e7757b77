"""The counts put their endings into a queue; a collector takes them out until the deadline."""

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
    endings: asyncio.Queue[tuple[str, asyncio.Task[int]]] = asyncio.Queue()
    tasks = set()
    for name, url in branches.items():
        task = asyncio.create_task(count_loaves(session, url))
        task.add_done_callback(lambda task, name=name: endings.put_nowait((name, task)))
        tasks.add(task)

    report = Report({}, {}, set(branches))
    try:
        async with asyncio.timeout(deadline):
            while report.late:
                name, task = await endings.get()
                report.late.remove(name)
                if failure := task.exception():
                    report.failed[name] = failure
                else:
                    report.ok[name] = task.result()
    except TimeoutError:
        pass
    finally:
        for task in tasks:
            task.cancel()
        while running := {task for task in tasks if not task.done()}:
            await asyncio.wait(running)
    return report
