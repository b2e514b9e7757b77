"""Examples: run them with ``pytest exercises/31_stream_download``."""

import asyncio
import hashlib
from typing import NamedTuple

import aiohttp
import pytest
from aiohttp import web

URL = "http://maps.test/alps"


class Disk(NamedTuple):
    create: object
    append: object
    replace: object
    remove: object


class Tablet:
    """Files on a disk whose functions take half a second each. Notes when they begin."""

    def __init__(self, **files):
        self.files = files
        self.log = []

    async def work(self, function, name):
        self.log.append((function, asyncio.get_running_loop().time()))
        await asyncio.sleep(0.5)

    async def create(self, name):
        await self.work("create", name)
        self.files[name] = b""

    async def append(self, name, data):
        await self.work("append", name)
        self.files[name] = self.files.get(name, b"") + data

    async def replace(self, name, other):
        await self.work("replace", name)
        self.files[other] = self.files.pop(name)

    async def remove(self, name):
        await self.work("remove", name)
        if name not in self.files:
            raise FileNotFoundError(name)
        del self.files[name]

    def disk(self, sandbox):
        """The functions of this disk, as the submission gets them."""
        return Disk(*map(sandbox.blocking, (self.create, self.append, self.replace, self.remove)))


async def serve_two_pieces():
    """Serve the alps: 1000 bytes at once, and another 1000 two seconds later."""

    async def answer(request):
        response = web.StreamResponse(headers={"Content-Length": "2000"})
        await response.prepare(request)
        await response.write(b"a" * 1000)
        await asyncio.sleep(2)
        await response.write(b"b" * 1000)
        return response

    runner = web.ServerRunner(web.Server(answer, handler_cancellation=True))
    await runner.setup()
    await web.TCPSite(runner, "maps.test", 80).start()


@pytest.mark.correctness
async def test_file_holds_the_body(student, sandbox, http):
    """The file holds the body, and its digest is returned."""
    http.get(URL, body=b"mountains")
    tablet = Tablet(alps=b"an old map")

    digest = await student.download(await sandbox.session(), URL, "alps", tablet.disk(sandbox))

    assert tablet.files == {"alps": b"mountains"}
    assert digest == hashlib.sha256(b"mountains").hexdigest()


@pytest.mark.correctness
async def test_half_a_map_is_not_kept(student, sandbox, http):
    """When the body breaks off, the old file is as it was, and no part file is left."""
    http.get(URL, body=b"moun", exception=aiohttp.ClientPayloadError())
    tablet = Tablet(alps=b"an old map")

    with pytest.raises(aiohttp.ClientError):
        await student.download(await sandbox.session(), URL, "alps", tablet.disk(sandbox))
    assert tablet.files == {"alps": b"an old map"}


@pytest.mark.concurrency
async def test_timetable(student, sandbox):
    """Two pieces are saved as in the timetable of the README, while the event loop stays free."""
    await serve_two_pieces()
    tablet = Tablet()

    call = asyncio.create_task(student.download(await sandbox.session(), URL, "alps", tablet.disk(sandbox), chunk=1000))
    await asyncio.sleep(0.75)
    assert await sandbox.heartbeat() == 0, "The event loop was blocked."
    await call

    assert tablet.log == [("create", 0), ("append", 0.5), ("append", 2), ("replace", 2.5)]
    assert asyncio.get_running_loop().time() == 3.0


@pytest.mark.cancellation
async def test_cancelling_removes_the_part_file(student, sandbox):
    """Cancelled at 0.75 s, the call waits for the append until 1 s, and removes the part file until 1.5 s."""
    await serve_two_pieces()
    tablet = Tablet(alps=b"an old map")

    call = asyncio.create_task(student.download(await sandbox.session(), URL, "alps", tablet.disk(sandbox), chunk=1000))
    await asyncio.sleep(0.75)
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    assert tablet.files == {"alps": b"an old map"}
    assert tablet.log == [("create", 0), ("append", 0.5), ("remove", 1)]
    assert asyncio.get_running_loop().time() == 1.5
