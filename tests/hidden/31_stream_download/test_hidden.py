"""The hidden suite of exercise 31."""

import asyncio
import hashlib
import random
from typing import Any, NamedTuple

import aiohttp
import pytest
from aiohttp import web

KIB, MIB = 2**10, 2**20


def now() -> float:
    return asyncio.get_running_loop().time()


class Disk(NamedTuple):
    """What the submission gets: its own `Disk` is made of it."""

    create: Any
    append: Any
    replace: Any
    remove: Any


class Call(NamedTuple):
    """A function of the disk that has begun."""

    function: str
    names: tuple[str, ...]
    began: float


class Tablet:
    """Files, and a disk whose functions take some seconds each; `broken` names one that fails."""

    def __init__(self, sandbox, files=(), *, seconds=0.25, broken=None):
        self.name = f"map-{random.randrange(10**9)}.{random.choice(['img', 'map'])}"
        self.part = f"{self.name}.part"
        self.old = {self.name: random.randbytes(8), f"other-{self.name}": random.randbytes(8)}
        self.files = {**self.old, **dict(files)}
        self.calls: list[Call] = []
        self.sizes: list[int] = []
        self.running: list[str] = []
        self.written = 0
        self._seconds = seconds
        self._broken = broken
        functions = (self._create, self._append, self._replace, self._remove)
        self.disk = Disk(*map(sandbox.blocking, functions))

    @property
    def functions(self):
        return [call.function for call in self.calls]

    async def _create(self, name):
        await self._work("create", name)
        self.files[name] = b""

    async def _append(self, name, data):
        self.sizes.append(len(data))
        await self._work("append", name)
        self.files[name] = self.files.get(name, b"") + data
        self.written += len(data)

    async def _replace(self, name, other):
        await self._work("replace", name, other)
        self.files[other] = self.files.pop(name)

    async def _remove(self, name):
        await self._work("remove", name)
        if name not in self.files:
            raise FileNotFoundError(name)
        del self.files[name]

    async def _work(self, function, *names):
        self.calls.append(Call(function, names, now()))
        self.running.append(function)
        seconds = self._seconds() if callable(self._seconds) else self._seconds
        await asyncio.sleep(seconds)
        self.running.remove(function)
        if function == self._broken:
            raise PermissionError(f"{function} has failed")


class Maps:
    """A server that sends pieces of `size` bytes, `pause` seconds apart. It notes what it has got rid of."""

    def __init__(self, count, size=1000, pause=1.0):
        self.pieces = [random.randbytes(size) for _ in range(count)]
        self.body = b"".join(self.pieces)
        self.sent = 0
        self.in_flight = 0
        self._pause = pause
        self._host = f"maps-{random.randrange(10**9)}.test"
        self.url = f"http://{self._host}:8080/alps"
        self._runner = web.ServerRunner(web.Server(self._answer, handler_cancellation=True))

    async def start(self):
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, 8080).start()
        return self

    async def _answer(self, request):
        self.in_flight += 1
        try:
            response = web.StreamResponse()
            response.content_length = len(self.body)
            await response.prepare(request)
            for number, piece in enumerate(self.pieces):
                await asyncio.sleep(self._pause if number else 0)
                await response.write(piece)
                self.sent += len(piece)
            return response
        finally:
            self.in_flight -= 1


def url() -> str:
    """A URL that nobody can have foreseen."""
    return f"https://maps.test/{random.randrange(10**9)}"


def digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


@pytest.fixture
def download(student, sandbox):
    """Calls the submission for a URL and a tablet."""

    async def download(url, tablet, **options):
        return await student.download(await sandbox.session(), url, tablet.name, tablet.disk, **options)

    return download


@pytest.mark.correctness(points=1)
@pytest.mark.parametrize("size", [0, 200_000])
async def test_file_holds_the_body(download, sandbox, http, size):
    """The file holds the body, which may be empty, in place of the older file, and its digest is returned."""
    address, body, tablet = url(), random.randbytes(size), Tablet(sandbox)
    http.get(address, body=body)

    assert await download(address, tablet) == digest(body)
    assert tablet.files == {**tablet.old, tablet.name: body}


@pytest.mark.correctness(points=1)
async def test_body_goes_through_the_part_file(download, sandbox, http):
    """The part file is created, even if there is an old one, then appended to, and at the end it replaces the file."""
    address, body, tablet = url(), random.randbytes(10_000), Tablet(sandbox)
    tablet.files[tablet.part] = b"half an old map"
    http.get(address, body=body)

    await download(address, tablet, chunk=2000)

    part = (tablet.part,)
    steps = [(call.function, call.names) for call in tablet.calls]
    assert steps[0] == ("create", part)
    assert set(steps[1:-1]) == {("append", part)}
    assert steps[-1] == ("replace", (tablet.part, tablet.name))
    assert tablet.files == {**tablet.old, tablet.name: body}


@pytest.mark.correctness(points=1)
@pytest.mark.weather(seeds=5)
async def test_pieces_are_appended_in_order(download, sandbox, http):
    """The body is appended in order, at most `chunk` bytes at a time, however long each append takes."""
    address, body = url(), random.randbytes(20_000)
    tablet = Tablet(sandbox, seconds=lambda: random.choice([0.25, 1.0, 2.0]))
    http.get(address, body=body)

    await download(address, tablet, chunk=1500)

    assert max(tablet.sizes) <= 1500
    assert tablet.files[tablet.name] == body


@pytest.mark.correctness(points=1)
async def test_bad_status_touches_nothing(download, sandbox, http):
    """A status of 400 or more raises its ClientResponseError, and no function of the disk is called."""
    address, status, tablet = url(), random.choice([403, 404, 500, 503]), Tablet(sandbox)
    http.get(address, status=status, body="error page")

    with pytest.raises(aiohttp.ClientResponseError) as caught:
        await download(address, tablet)
    assert caught.value.status == status
    assert tablet.calls == []


@pytest.mark.correctness(points=1)
async def test_body_that_breaks_off_leaves_nothing(download, sandbox, http):
    """A body that breaks off raises its ClientError; there is no part file, and the older file is as it was."""
    address, tablet = url(), Tablet(sandbox)
    http.get(address, body=random.randbytes(10_000), exception=aiohttp.ClientPayloadError())

    with pytest.raises(aiohttp.ClientError):
        await download(address, tablet, chunk=1000)
    assert tablet.files == tablet.old


@pytest.mark.correctness(points=0.5)
@pytest.mark.parametrize("function", ["create", "append", "replace"])
async def test_failing_disk_leaves_nothing(download, sandbox, http, function):
    """A function of the disk that fails raises its own exception; no part file is left, and the older file is."""
    address, tablet = url(), Tablet(sandbox, broken=function)
    http.get(address, body=random.randbytes(5000))

    with pytest.raises(PermissionError):
        await download(address, tablet, chunk=1000)
    assert tablet.files == tablet.old


@pytest.mark.concurrency(points=1)
@pytest.mark.parametrize("last", ["replace", "remove"])
async def test_loop_is_free_while_the_disk_works(download, sandbox, http, last):
    """The event loop is free, whichever function of the disk is running."""
    address, tablet = url(), Tablet(sandbox, seconds=4)
    http.get(address, body="map", exception=None if last == "replace" else aiohttp.ClientPayloadError())
    call = asyncio.create_task(download(address, tablet))

    blocked, seen = [], set()
    while not call.done() and now() < 40:
        await asyncio.sleep(1)
        seen |= set(tablet.running)
        blocked.append(await sandbox.heartbeat())
    await asyncio.gather(call, return_exceptions=True)

    assert {"create", last} <= seen
    assert max(blocked) == 0, "The event loop was blocked."


@pytest.mark.concurrency(points=2)
async def test_pieces_are_saved_as_they_arrive(download, sandbox):
    """Each piece is on the disk as soon as the disk can have written it, before the next one arrives."""
    maps, tablet = await Maps(4).start(), Tablet(sandbox)
    call = asyncio.create_task(download(maps.url, tablet, chunk=1000))

    saved = []
    for moment in (0.75, 1.75, 2.75):
        await asyncio.sleep(moment - now())
        saved.append(len(tablet.files.get(tablet.part, b"")))
    await call

    assert saved == [1000, 2000, 3000]
    assert now() == 3.5


@pytest.mark.concurrency(points=2)
async def test_slow_disk_slows_the_server_down(download, sandbox):
    """While a slow disk writes, at most 1 MiB of the body is held in memory: the server has to wait."""
    maps, tablet = await Maps(64, size=64 * KIB, pause=0).start(), Tablet(sandbox, seconds=0.5)
    call = asyncio.create_task(download(maps.url, tablet))

    ahead = []
    while not call.done():
        await asyncio.sleep(0.5)
        ahead.append(maps.sent - tablet.written)
    await call

    # What is under way between the two machines, and in the buffer of the server, is not held in memory.
    assert max(ahead) <= 1.5 * MIB, "The body was read faster than the disk could write."
    assert tablet.files[tablet.name] == maps.body


@pytest.mark.cancellation(points=1)
async def test_cancelled_while_the_body_arrives(download, sandbox):
    """Cancelled while it waits for the body, the call cancels its request, and removes the part file at once."""
    maps, tablet = await Maps(9).start(), Tablet(sandbox)
    call = asyncio.create_task(download(maps.url, tablet, chunk=1000))
    moment = random.randint(1, 7) + 0.75
    await asyncio.sleep(moment)
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    assert tablet.files == tablet.old
    assert maps.in_flight == 0, "The request is still running."
    assert now() == moment + 0.25, "The call did not end when the part file was removed."


@pytest.mark.cancellation(points=1)
@pytest.mark.parametrize("function", ["create", "append"])
async def test_cancelled_while_the_disk_works(download, sandbox, function):
    """Cancelled while the disk works, the call waits for it, and then removes the part file."""
    maps, tablet = await Maps(3).start(), Tablet(sandbox, seconds=2)
    call = asyncio.create_task(download(maps.url, tablet, chunk=1000))
    begins = 0 if function == "create" else 2
    await asyncio.sleep(begins + random.choice([0.25, 1.0, 1.75]))
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    assert tablet.running == [], "The call ended while the disk was still working."
    assert tablet.calls[-1] == ("remove", (tablet.part,), begins + 2)
    assert now() == begins + 4
    await asyncio.sleep(30)
    assert tablet.files == tablet.old


@pytest.mark.cancellation(points=1)
async def test_cancelled_while_the_file_is_replaced(download, sandbox, http):
    """Cancelled while `replace` is running, the call leaves the whole new file, and ends as cancelled."""
    address, body, tablet = url(), random.randbytes(500), Tablet(sandbox, seconds=2)
    http.get(address, body=body)
    call = asyncio.create_task(download(address, tablet))
    await asyncio.sleep(4 + random.choice([0.25, 1.0, 1.75]))
    assert tablet.running == ["replace"]
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    assert tablet.running == [], "The call ended while the disk was still working."
    assert tablet.files == {**tablet.old, tablet.name: body}


@pytest.mark.cancellation(points=1)
async def test_cancelled_before_the_answer(download, sandbox, http):
    """Cancelled before the answer has come, the call ends at that moment, and its request is cancelled."""
    address, tablet = url(), Tablet(sandbox, seconds=0)
    http.get(address, body="map", latency=60)
    call = asyncio.create_task(download(address, tablet))
    await asyncio.sleep(1)
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    assert now() == 1.0
    assert http.in_flight == 0, "The request is still running."
    assert tablet.files == tablet.old


@pytest.mark.cancellation(points=2)
async def test_cancelled_at_any_await_leaves_no_part_file(student, sandbox, http):
    """Wherever the call is cancelled, it ends as cancelled, no part file is left, and the file is whole, old or new."""
    address, body = url(), random.randbytes(2500)
    tablet = Tablet(sandbox, seconds=lambda: random.choice([0.25, 0.5, 1.0]))
    http.get(address, body=body, latency=1, repeat=True)
    session = await sandbox.session()

    arguments = (session, address, tablet.name, tablet.disk)
    async for attempt in sandbox.cancel_at_each_await(student.download, *arguments, chunk=1000):
        assert attempt.outcome == "cancelled"
        assert tablet.running == [], "The call ended while the disk was still working."
        assert http.in_flight == 0, "The request is still running."
        assert set(tablet.files) == set(tablet.old), "A part file is left."
        assert tablet.files[tablet.name] in (tablet.old[tablet.name], body)
