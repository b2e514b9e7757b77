"""The disk and the network work at the same time: while one piece is appended, the next is read."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from functools import partial
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


class Part:
    """The part file of a download. At most one function of the disk runs at a time."""

    def __init__(self, disk: Disk, name: str) -> None:
        self._disk = disk
        self._name = name
        self._part = f"{name}.part"
        self.digest = hashlib.sha256()
        self.work = self._start(disk.create, self._part)

    def _start(self, function: Callable[..., None], *arguments: Any) -> asyncio.Future[None]:
        return asyncio.get_running_loop().run_in_executor(None, partial(function, *arguments))

    def append(self, piece: bytes) -> None:
        """Begin to append a piece. What ran before has ended."""
        self.digest.update(piece)
        self.work = self._start(self._disk.append, self._part, piece)

    def replace(self) -> None:
        """Begin to give the file its name. What ran before has ended."""
        self.work = self._start(self._disk.replace, self._part, self._name)

    async def remove(self) -> None:
        """Remove the file, once what runs has ended, well or not."""
        await asyncio.wait([self.work])
        try:
            await self._start(self._disk.remove, self._part)
        except FileNotFoundError:
            pass


async def unless_fails(work: asyncio.Future[None], other: Awaitable[bytes]) -> bytes:
    """The bytes that `other` gives; `work` goes on meanwhile, and its failure is raised at once."""
    reading = asyncio.ensure_future(other)
    try:
        await asyncio.wait([work, reading], return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            work.result()
        return await reading
    finally:
        reading.cancel()


async def download(session: aiohttp.ClientSession, url: str, name: str, disk: Disk, *, chunk: int = 65536) -> str:
    """Save the body of `url` as the file `name`; its SHA-256 digest in hexadecimal."""
    async with session.get(url) as response:
        response.raise_for_status()
        part = Part(disk, name)
        try:
            while piece := await unless_fails(part.work, response.content.read(chunk)):
                await asyncio.shield(part.work)
                part.append(piece)
            await asyncio.shield(part.work)
            part.replace()
            await asyncio.shield(part.work)
        except BaseException:
            response.close()
            await part.remove()
            raise
    return part.digest.hexdigest()
