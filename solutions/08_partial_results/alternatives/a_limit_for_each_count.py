"""Each count has its own timeout, which knows whether it has expired; all end at the same time."""

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
    end = asyncio.get_running_loop().time() + deadline
    report = Report({}, {}, set())

    async def count(name: str, url: str) -> None:
        try:
            async with asyncio.timeout_at(end) as limit:
                report.ok[name] = await count_loaves(session, url)
        except Exception as failure:
            if limit.expired():
                report.late.add(name)
            else:
                report.failed[name] = failure

    # Without `return_exceptions`, a cancelled gather would not wait for the last of them.
    await asyncio.gather(*(count(name, url) for name, url in branches.items()), return_exceptions=True)
    return report
