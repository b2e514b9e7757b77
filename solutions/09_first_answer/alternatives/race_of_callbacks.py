"""Callbacks run the race: of the ends of the fetches, and of a timer; one Future holds its result."""

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


class Race:
    """A race in which the next runner starts when another falls, or after a while."""

    def __init__(self, session: aiohttp.ClientSession, mirrors: Sequence[str], stagger: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._session = session
        self._mirrors = mirrors
        self._stagger = stagger
        self._timer: asyncio.TimerHandle | None = None
        self._fetches: list[asyncio.Task[bytes]] = []
        self.result: asyncio.Future[bytes] = self._loop.create_future()

    def start_next(self) -> None:
        """Start the next runner, and set the timer for the one after it."""
        self.stop_timer()
        if len(self._fetches) < len(self._mirrors):
            runner = self._loop.create_task(fetch(self._session, self._mirrors[len(self._fetches)]))
            self._fetches.append(runner)
            runner.add_done_callback(self._on_end)
            self._timer = self._loop.call_later(self._stagger, self.start_next)

    def stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _on_end(self, runner: asyncio.Task[bytes]) -> None:
        if self.result.done():
            return
        if not runner.exception():
            self.result.set_result(runner.result())
        elif len(self._fetches) < len(self._mirrors):
            self.start_next()
        elif all(other.done() for other in self._fetches):
            self.result.set_exception(ExceptionGroup("no answer", [other.exception() for other in self._fetches]))

    async def end(self) -> None:
        """Stop everybody, and wait until they have stopped."""
        self.stop_timer()
        for runner in self._fetches:
            runner.cancel()
        await asyncio.gather(*self._fetches, return_exceptions=True)


async def first_success(session: aiohttp.ClientSession, mirrors: Sequence[str], stagger: float) -> bytes:
    """The first body that one of `mirrors` delivers; each is asked `stagger` seconds after the one before."""
    if not mirrors:
        raise ValueError("there are no mirrors to ask")
    race = Race(session, mirrors, stagger)
    race.start_next()
    try:
        return await race.result
    finally:
        await race.end()
