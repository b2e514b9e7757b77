"""correctness: replaces the suffix of the name by `.part`, where there is one."""

import asyncio
import hashlib
from collections.abc import Callable
from pathlib import PurePath
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


async def finish(function: Callable[..., None], *arguments: object) -> None:
    """Call a function of the disk in a thread, and wait for its end, cancelled or not."""
    running = asyncio.create_task(asyncio.to_thread(function, *arguments))
    try:
        await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait({running})
        raise


async def download(session: aiohttp.ClientSession, url: str, name: str, disk: Disk, *, chunk: int = 65536) -> str:
    """Save the body of `url` as the file `name`; its SHA-256 digest in hexadecimal."""
    part = str(PurePath(name).with_suffix(".part"))
    digest = hashlib.sha256()
    async with session.get(url) as response:
        response.raise_for_status()
        try:
            await finish(disk.create, part)
            async for piece in response.content.iter_chunked(chunk):
                digest.update(piece)
                await finish(disk.append, part, piece)
            await finish(disk.replace, part, name)
        except BaseException:
            response.close()
            try:
                await finish(disk.remove, part)
            except FileNotFoundError:
                pass
            raise
    return digest.hexdigest()
