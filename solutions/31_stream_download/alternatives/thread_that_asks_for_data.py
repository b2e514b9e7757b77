"""One thread does all that concerns the disk, its clearing up too; it asks the event loop for each piece."""

import asyncio
import hashlib
from collections.abc import Callable
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


class Stopped(Exception):
    """Nobody wants the file any more."""


def save(read: Callable[[], bytes], name: str, disk: Disk) -> str:
    """Save what `read` returns, until it returns nothing. Runs in a thread."""
    part = name + ".part"
    digest = hashlib.sha256()
    try:
        disk.create(part)
        while data := read():
            digest.update(data)
            disk.append(part, data)
        disk.replace(part, name)
    except BaseException:
        try:
            disk.remove(part)
        except FileNotFoundError:
            pass
        raise
    return digest.hexdigest()


async def download(session: aiohttp.ClientSession, url: str, name: str, disk: Disk, *, chunk: int = 65536) -> str:
    """Save the body of `url` as the file `name`; its SHA-256 digest in hexadecimal."""
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()

    async def next_piece(response: aiohttp.ClientResponse) -> bytes:
        reading = asyncio.create_task(response.content.read(chunk))
        stopping = asyncio.create_task(stopped.wait())
        await asyncio.wait({reading, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if stopped.is_set():
            reading.cancel()
            raise Stopped
        return await reading

    async with session.get(url) as response:
        response.raise_for_status()

        def read() -> bytes:
            return asyncio.run_coroutine_threadsafe(next_piece(response), loop).result()

        saving = asyncio.create_task(asyncio.to_thread(save, read, name, disk))
        try:
            return await asyncio.shield(saving)
        except asyncio.CancelledError:
            stopped.set()
            await asyncio.wait([saving])
            raise
