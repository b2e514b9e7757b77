"""Whole pieces only: one task fills them to the last byte, the other saves them in an executor of its own."""

import asyncio
import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, NamedTuple

import aiohttp


class Disk(NamedTuple):
    """The functions of a disk. Each of them blocks the thread it runs in until the disk is done."""

    #: create(name): make an empty file, in place of an older one.
    create: Callable[[str], None]
    #: append(name, data): add to a file, and make it if it is not there.
    append: Callable[[str, bytes], None]
    #: replace(name, other): give a file the name `other`, in place of an older one.
    replace: Callable[[str, str], None]
    #: remove(name): remove a file. `FileNotFoundError` if it is not there.
    remove: Callable[[str], None]


class Bench:
    """The functions of a disk as coroutines; each of them ends, even if the one who awaits it is cancelled."""

    def __init__(self, disk: Disk, name: str) -> None:
        self.disk, self.name, self.part = disk, name, name + ".part"
        self.threads = ThreadPoolExecutor(max_workers=1)

    async def do(self, function: Callable[..., None], *arguments: Any) -> None:
        """Call a function in the thread."""
        running = asyncio.get_running_loop().run_in_executor(self.threads, function, *arguments)
        try:
            await asyncio.shield(running)
        except asyncio.CancelledError:
            await asyncio.wait([running])
            raise

    async def clear(self) -> None:
        """Remove the part file, if it is there."""
        with suppress(FileNotFoundError):
            await self.do(self.disk.remove, self.part)


async def fill(content: aiohttp.StreamReader, chunk: int, pieces: asyncio.Queue[bytes]) -> None:
    """Put the body into `pieces`: whole ones, a shorter one, and an empty one."""
    piece = b"first"
    while piece:
        try:
            piece = await content.readexactly(chunk)
        except asyncio.IncompleteReadError as end:
            if end.partial:
                await pieces.put(end.partial)
            piece = b""
        await pieces.put(piece)


async def save(bench: Bench, pieces: asyncio.Queue[bytes]) -> str:
    """Save all pieces in a file, and return their digest."""
    digest = hashlib.sha256()
    await bench.do(bench.disk.create, bench.part)
    while piece := await pieces.get():
        digest.update(piece)
        await bench.do(bench.disk.append, bench.part, piece)
    await bench.do(bench.disk.replace, bench.part, bench.name)
    return digest.hexdigest()


async def download(session: aiohttp.ClientSession, url: str, name: str, disk: Disk, *, chunk: int = 65536) -> str:
    """Save the body of `url` as the file `name`; its SHA-256 digest in hexadecimal."""
    pieces: asyncio.Queue[bytes] = asyncio.Queue(maxsize=1)
    async with session.get(url) as response:
        response.raise_for_status()
        bench = Bench(disk, name)
        filling = asyncio.create_task(fill(response.content, chunk, pieces))
        saving = asyncio.create_task(save(bench, pieces))
        try:
            await asyncio.wait([filling, saving], return_when=asyncio.FIRST_EXCEPTION)
            for task in (filling, saving):
                if task.done():
                    task.result()
            return await saving
        except BaseException:
            response.close()
            filling.cancel()
            saving.cancel()
            await asyncio.wait([filling, saving])
            await bench.clear()
            raise
        finally:
            bench.threads.shutdown(wait=False)
