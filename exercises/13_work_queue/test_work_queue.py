"""Examples: run them with ``pytest exercises/13_work_queue``."""

import asyncio

import pytest


def now():
    return asyncio.get_running_loop().time()


class Studio:
    """A camera, an encoder and a disk. `encoding` and `storing` hold when each frame's work began and ended."""

    def __init__(self, encode_seconds, store_seconds=0.0, broken=()):
        self.encode_seconds = encode_seconds
        self.store_seconds = store_seconds
        self.broken = broken
        self.encoding = {}
        self.storing = {}
        self.closed = False

    async def camera(self):
        try:
            for frame in self.encode_seconds:
                yield frame
        finally:
            self.closed = True

    async def encode(self, frame):
        self.encoding[frame] = [now()]
        await asyncio.sleep(self.encode_seconds[frame])
        self.encoding[frame].append(now())
        if frame in self.broken:
            raise ValueError(f"{frame} is too dark")
        return f"clip of {frame}".encode()

    async def store(self, clip):
        frame = clip.decode().removeprefix("clip of ")
        self.storing[frame] = [now()]
        await asyncio.sleep(self.store_seconds)
        self.storing[frame].append(now())


@pytest.mark.concurrency
async def test_timetable(student):
    """Four frames are encoded and stored at the times of the README's timetable."""
    studio = Studio({"first": 2, "second": 1, "third": 3, "fourth": 1}, store_seconds=0.5)

    await student.run_pipeline(studio.camera(), studio.encode, studio.store, workers=2, buffer=1)

    assert studio.encoding == {"first": [0, 2], "second": [0, 1], "third": [1, 4], "fourth": [2, 3]}
    assert studio.storing == {"second": [1, 1.5], "first": [2, 2.5], "fourth": [3, 3.5], "third": [4, 4.5]}
    assert now() == 4.5


@pytest.mark.correctness
async def test_one_bad_frame_does_not_stop_the_others(student):
    """A frame that cannot be encoded is listed in the report; the others are stored."""
    studio = Studio({"fox": 1, "fog": 1, "owl": 1}, broken=["fog"])

    report = await student.run_pipeline(studio.camera(), studio.encode, studio.store, workers=2, buffer=1)

    assert report.stored == 2
    assert [(frame, str(error)) for frame, error in report.failed] == [("fog", "fog is too dark")]


@pytest.mark.cancellation
async def test_cancelling_closes_the_camera(student):
    """When the caller is cancelled, the encoders stop and the camera is closed."""
    studio = Studio({"fox": 60, "fog": 60, "owl": 60, "elk": 60, "eel": 60, "emu": 60})

    call = asyncio.create_task(student.run_pipeline(studio.camera(), studio.encode, studio.store, workers=2, buffer=1))
    await asyncio.sleep(1)
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    await asyncio.sleep(100)
    assert studio.encoding == {"fox": [0], "fog": [0]}
    assert studio.closed
