"""Examples: run them with ``pytest exercises/20_thread_bridge``."""

import asyncio

import pytest


class Camera:
    """Takes a picture at each of some moments; then, at the moment `off`, it is switched off."""

    def __init__(self, pictures, off):
        self._next = iter([*pictures.items(), (None, off)])

    async def next_picture(self):
        picture, moment = next(self._next)
        await asyncio.sleep(moment - asyncio.get_running_loop().time())
        return picture


@pytest.mark.correctness
async def test_call_gives_the_result(student, sandbox, http):
    """The report, which runs in a thread, has the prices that the event loop fetches for it."""
    http.get("https://shop.test/tea", body="12", latency=1)
    http.get("https://shop.test/rice", body="34", latency=1)

    report = await student.make_report(await sandbox.session(), ["https://shop.test/tea", "https://shop.test/rice"])

    assert report == ["12", "34"]


@pytest.mark.concurrency
async def test_timetable(student, sandbox):
    """The pictures and the end arrive as in the timetable of the README."""
    camera, feed = Camera({"a": 1, "b": 1.5, "c": 4}, off=4.5), student.ThreadFeed()
    read = []

    student.start_camera(sandbox.blocking(camera.next_picture), feed, closes=True)
    async for picture in feed:
        read.append((asyncio.get_running_loop().time(), picture))
        await asyncio.sleep(1)
    ended = asyncio.get_running_loop().time()

    assert read == [(1, "a"), (2, "b"), (4, "c")]
    assert ended == 5


@pytest.mark.cancellation
async def test_late_call_is_cancelled(student, sandbox, http):
    """A call that takes too long raises TimeoutError, and its request is cancelled."""
    http.get("https://shop.test/tea", body="12", latency=60)

    report = await student.make_report(await sandbox.session(), ["https://shop.test/tea"], timeout=2)

    assert report == ["late"]
    assert http.log[0].ended == 2
