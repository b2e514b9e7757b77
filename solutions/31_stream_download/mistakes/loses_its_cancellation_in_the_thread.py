"""cancellation: waits for the thread when it is cancelled, and then goes on as if nothing had happened."""

import asyncio
import contextlib
import hashlib
from collections.abc import Callable
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


async def in_thread(function: Callable[..., None], *args: Any) -> None:
    """Run a function in a thread to its end: nothing can stop a thread, so that a cancellation waits for it too."""
    work = asyncio.create_task(asyncio.to_thread(function, *args))
    try:
        await asyncio.shield(work)
    except asyncio.CancelledError:
        await work


async def download(session: aiohttp.ClientSession, url: str, name: str, disk: Disk, *, chunk: int = 65536) -> str:
    """Save the body of `url` as the file `name`; its SHA-256 digest in hexadecimal."""
    part = f"{name}.part"
    digest = hashlib.sha256()
    async with session.get(url) as response:
        response.raise_for_status()
        try:
            await in_thread(disk.create, part)
            # While a piece is being written nobody reads, so that the connection fills up and the server waits.
            async for data in response.content.iter_chunked(chunk):
                digest.update(data)
                await in_thread(disk.append, part, data)
            await in_thread(disk.replace, part, name)
        # A cancellation is no `Exception`, and leaves a part file behind as a failure does.
        except BaseException:
            # It is not there if `create` has failed, or if `replace` had begun before the cancellation.
            with contextlib.suppress(FileNotFoundError):
                await in_thread(disk.remove, part)
            raise
    return digest.hexdigest()
