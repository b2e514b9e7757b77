"""An async context manager keeps the file if its block ends well, and removes it otherwise."""

import asyncio
import hashlib
from collections.abc import Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import NamedTuple

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


class PartFile:
    """A file that is being written."""

    def __init__(self, disk: Disk, name: str) -> None:
        self._disk = disk
        self._name = name
        self._working: asyncio.Future[None] | None = None

    async def run(self, function: Callable[..., None], *args: object) -> None:
        """A function of the disk, in a thread. It is remembered while it runs."""
        loop = asyncio.get_running_loop()
        self._working = loop.run_in_executor(None, partial(function, f"{self._name}.part", *args))
        # Shielded, so that it can still be awaited after a cancellation.
        await asyncio.shield(self._working)
        self._working = None

    async def append(self, data: bytes) -> None:
        await self.run(self._disk.append, data)

    async def discard(self) -> None:
        if self._working is not None:
            await asyncio.gather(self._working, return_exceptions=True)
        await asyncio.gather(self.run(self._disk.remove), return_exceptions=True)


@asynccontextmanager
async def part_file(disk: Disk, name: str):
    file = PartFile(disk, name)
    try:
        await file.run(disk.create)
        yield file
        await file.run(disk.replace, name)
    except BaseException:
        await file.discard()
        raise


async def download(session: aiohttp.ClientSession, url: str, name: str, disk: Disk, *, chunk: int = 65536) -> str:
    """Save the body of `url` as the file `name`; its SHA-256 digest in hexadecimal."""
    digest = hashlib.sha256()
    async with session.get(url) as response:
        response.raise_for_status()
        async with part_file(disk, name) as file:
            async for data in response.content.iter_chunked(chunk):
                digest.update(data)
                await file.append(data)
    return digest.hexdigest()
