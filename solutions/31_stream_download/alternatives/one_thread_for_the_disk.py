"""A pool of one thread does the disk's work in order: the removal waits behind the write that is running."""

import asyncio
import contextlib
import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
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


async def download(session: aiohttp.ClientSession, url: str, name: str, disk: Disk, *, chunk: int = 65536) -> str:
    """Save the body of `url` as the file `name`; its SHA-256 digest in hexadecimal."""
    loop = asyncio.get_running_loop()
    thread = ThreadPoolExecutor(max_workers=1)
    part = name + ".part"
    sha256 = hashlib.sha256()
    try:
        async with session.get(url, raise_for_status=True) as response:
            try:
                await loop.run_in_executor(thread, disk.create, part)
                while data := await response.content.read(chunk):
                    sha256.update(data)
                    await loop.run_in_executor(thread, disk.append, part, data)
                await loop.run_in_executor(thread, disk.replace, part, name)
            except (Exception, asyncio.CancelledError):
                with contextlib.suppress(FileNotFoundError):
                    await loop.run_in_executor(thread, disk.remove, part)
                raise
    finally:
        thread.shutdown(wait=False)
    return sha256.hexdigest()
