"""Save while it arrives: a large file lands on the disk whole or not at all."""

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


async def download(session: aiohttp.ClientSession, url: str, name: str, disk: Disk, *, chunk: int = 65536) -> str:
    """Save the body of `url` as the file `name`; its SHA-256 digest in hexadecimal."""
    async with session.get(url) as response:
        # TODO: save the body while it arrives, and leave nothing behind that is not whole.
        body = await response.read()
    disk.create(name)
    disk.append(name, body)
    return hashlib.sha256(body).hexdigest()
