"""Best effort survey: show what has arrived by the deadline, and say what has not."""

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
    # TODO: sort the branches into the three parts of the report, and stop those that are late.
    counts = await asyncio.gather(*(count_loaves(session, url) for url in branches.values()))
    return Report(ok=dict(zip(branches, counts)), failed={}, late=set())
