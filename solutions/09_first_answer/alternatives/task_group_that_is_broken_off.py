"""A task group owns the fetches; the winner breaks it off with an exception, which cancels the losers."""

import asyncio
import contextlib
from collections.abc import Sequence

import aiohttp


async def fetch(session: aiohttp.ClientSession, url: str) -> bytes:
    """The body of `url`; when it is cancelled, it says goodbye to the mirror before it ends."""
    try:
        async with session.get(url) as response:
            response.raise_for_status()
            return await response.read()
    except asyncio.CancelledError:
        async with session.delete(url) as response:
            response.raise_for_status()
        raise


class Answered(Exception):
    """Raised to end the race."""


async def first_success(session: aiohttp.ClientSession, mirrors: Sequence[str], stagger: float) -> bytes:
    """The first body that one of `mirrors` delivers; each is asked `stagger` seconds after the one before."""
    if not mirrors:
        raise ValueError("there are no mirrors to ask")
    answers: list[bytes] = []
    failures: dict[int, Exception] = {}
    a_failure = asyncio.Event()

    async def run(place: int) -> None:
        try:
            answers.append(await fetch(session, mirrors[place]))
        except Exception as failure:
            failures[place] = failure
            a_failure.set()
        else:
            raise Answered

    try:
        async with asyncio.TaskGroup() as race:
            for place in range(len(mirrors)):
                a_failure.clear()
                race.create_task(run(place))
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(a_failure.wait(), stagger)
    except* Answered:
        pass
    if answers:
        return answers[0]
    raise ExceptionGroup("no mirror has answered", [failures[place] for place in sorted(failures)])
