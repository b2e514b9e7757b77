"""`as_completed` hands out the endings until its time is over; failures are values."""

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

    async def ending(name: str, url: str) -> tuple[str, int | Exception]:
        try:
            return name, await count_loaves(session, url)
        except Exception as failure:
            return name, failure

    tasks = [asyncio.create_task(ending(name, url)) for name, url in branches.items()]
    endings: dict[str, int | Exception] = {}
    try:
        for next_ending in asyncio.as_completed(tasks, timeout=deadline):
            name, value = await next_ending
            endings[name] = value
    except TimeoutError:
        pass
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return Report(
        ok={name: value for name, value in endings.items() if isinstance(value, int)},
        failed={name: value for name, value in endings.items() if isinstance(value, Exception)},
        late=set(branches) - set(endings),
    )
