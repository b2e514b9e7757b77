"""A task reads into a short queue, another one writes; only the reader is ever cancelled."""

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


async def write(queue: "asyncio.Queue[bytes | None]", part: str, name: str, disk: Disk) -> None:
    """Write what comes through the queue. Nothing stands for a body that has not come to its end."""
    whole = False
    try:
        await asyncio.to_thread(disk.create, part)
        while data := await queue.get():
            await asyncio.to_thread(disk.append, part, data)
        if data is not None:
            await asyncio.to_thread(disk.replace, part, name)
            whole = True
    finally:
        if not whole:
            try:
                await asyncio.to_thread(disk.remove, part)
            except FileNotFoundError:
                pass


async def download(session: aiohttp.ClientSession, url: str, name: str, disk: Disk, *, chunk: int = 65536) -> str:
    """Save the body of `url` as the file `name`; its SHA-256 digest in hexadecimal."""
    digest = hashlib.sha256()
    async with session.get(url) as response:
        response.raise_for_status()
        queue: asyncio.Queue[bytes | None] = asyncio.Queue(maxsize=3)
        writer = asyncio.create_task(write(queue, f"{name}.part", name, disk))

        async def hand_over(data: bytes) -> None:
            """Put a piece into the queue, unless the writer has ended and nobody takes it."""
            putting = asyncio.create_task(queue.put(data))
            try:
                await asyncio.wait({putting, writer}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                putting.cancel()
            if writer.done():
                writer.result()

        try:
            async for data in response.content.iter_chunked(chunk):
                digest.update(data)
                await hand_over(data)
            await hand_over(b"")
            await asyncio.shield(writer)
        except BaseException:
            while not queue.empty():
                queue.get_nowait()
            queue.put_nowait(None)
            await asyncio.wait([writer])
            raise
    return digest.hexdigest()
