"""No task that waits: each download that ends starts the next one, from a callback."""

import asyncio
from collections.abc import Iterable

import aiohttp


async def download(session: aiohttp.ClientSession, url: str) -> bytes:
    """The body of `url`."""
    async with session.get(url) as response:
        response.raise_for_status()
        return await response.read()


class Downloads:
    """Downloads that follow each other, until all are done or one has failed."""

    def __init__(self, session: aiohttp.ClientSession, urls: Iterable[str]) -> None:
        self.session = session
        self.waiting = enumerate(urls)
        self.running: dict[asyncio.Task[bytes], int] = {}
        self.bodies: dict[int, bytes] = {}
        self.end: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def start(self) -> bool:
        """Start the next download; whether there was one."""
        for place, url in self.waiting:
            task = asyncio.create_task(download(self.session, url))
            self.running[task] = place
            task.add_done_callback(self.ended)
            return True
        return False

    def ended(self, task: asyncio.Task[bytes]) -> None:
        place = self.running.pop(task)
        if self.end.done():
            return
        if task.cancelled():
            self.end.cancel()
        elif error := task.exception():
            self.end.set_exception(error)
        else:
            self.bodies[place] = task.result()
            if not self.start() and not self.running:
                self.end.set_result(None)

    async def run(self, limit: int) -> list[bytes]:
        while len(self.running) < limit and self.start():
            pass
        try:
            if self.running:
                await self.end
        finally:
            for task in self.running:
                task.cancel()
            await asyncio.gather(*self.running, return_exceptions=True)
        return [self.bodies[place] for place in range(len(self.bodies))]


async def download_all(session: aiohttp.ClientSession, urls: Iterable[str], limit: int) -> list[bytes]:
    """The bodies of `urls`, in order, with at most `limit` downloads running at once."""
    if limit < 1:
        raise ValueError("limit is below 1")
    return await Downloads(session, urls).run(limit)
