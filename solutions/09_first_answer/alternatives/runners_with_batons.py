"""A runner for each mirror from the beginning, who waits for the baton; a failure or a timer hands the next one on."""

import asyncio
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


class Relay:
    """Runners in a row; a baton is a future that lets its runner go."""

    def __init__(self, session: aiohttp.ClientSession, mirrors: Sequence[str], stagger: float) -> None:
        self.session, self.stagger = session, stagger
        self.loop = asyncio.get_running_loop()
        self.finish: asyncio.Future[bytes | None] = self.loop.create_future()
        self.batons = [self.loop.create_future() for _ in mirrors]
        self.runners = [asyncio.create_task(self.run(*start)) for start in enumerate(mirrors)]
        self.failures: dict[int, Exception] = {}

    def hand_on(self, place: int) -> None:
        """Let the runner at `place` go, unless he has gone or there is none."""
        if place < len(self.batons) and not self.batons[place].done():
            self.batons[place].set_result(None)
            self.loop.call_later(self.stagger, self.hand_on, place + 1)

    def hand_on_to_the_first_who_waits(self) -> None:
        for place, baton in enumerate(self.batons):
            if not baton.done():
                self.hand_on(place)
                return

    async def run(self, place: int, url: str) -> None:
        await self.batons[place]
        try:
            body = await fetch(self.session, url)
        except Exception as failure:
            self.failures[place] = failure
            if not self.finish.done():
                self.hand_on_to_the_first_who_waits()
                if len(self.failures) == len(self.runners):
                    self.finish.set_result(None)
        else:
            if not self.finish.done():
                self.finish.set_result(body)

    async def result(self) -> bytes:
        self.hand_on(0)
        try:
            body = await self.finish
        finally:
            for runner in self.runners:
                runner.cancel()
            await asyncio.wait(self.runners)
        if body is None:
            raise ExceptionGroup("nobody has arrived", [failure for _, failure in sorted(self.failures.items())])
        return body


async def first_success(session: aiohttp.ClientSession, mirrors: Sequence[str], stagger: float) -> bytes:
    """The first body that one of `mirrors` delivers; each is asked `stagger` seconds after the one before."""
    if not mirrors:
        raise ValueError("A relay needs a runner.")
    return await Relay(session, mirrors, stagger).result()
