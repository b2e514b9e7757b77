"""`asyncio.wait` looks on until the deadline; what is not done then is cancelled, and waited for."""

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
    counts = {name: asyncio.create_task(count_loaves(session, url)) for name, url in branches.items()}
    late: set[str] = set()
    try:
        if counts:
            await asyncio.wait(counts.values(), timeout=deadline)
    # Also when the caller is cancelled: `asyncio.wait` leaves its tasks running.
    finally:
        for name, count in counts.items():
            if count.cancel():
                late.add(name)
        # With `return_exceptions`, gather waits for every task, even if it is cancelled itself.
        await asyncio.gather(*counts.values(), return_exceptions=True)

    ok: dict[str, int] = {}
    failed: dict[str, Exception] = {}
    for name in branches.keys() - late:
        try:
            ok[name] = counts[name].result()
        except Exception as failure:
            failed[name] = failure
    return Report(ok, failed, late)
