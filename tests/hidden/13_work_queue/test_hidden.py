"""The hidden suite of exercise 13."""

import asyncio
import itertools
import math
import random

import pytest

FAILURE = (OSError, ExceptionGroup)  # which of the two it is, is the matter of another test
DARK = [ValueError, RuntimeError, TimeoutError]  # what `encode` raises for frames that it cannot encode


def now() -> float:
    return asyncio.get_running_loop().time()


def peak(starts: dict[str, float], ends: dict[str, float]) -> int:
    """The greatest number that was between its start and its end at any moment."""
    return max(sum(t <= now < ends.get(frame, math.inf) for frame, t in starts.items()) for now in starts.values())


def some_seconds(count: int) -> list[float]:
    return [random.choice([0.25, 0.5, 1.0, 1.75, 3.0]) for _ in range(count)]


class Studio:
    """A camera, an encoder and a disk, for frames and clips that nobody can have foreseen.

    `shooting`, `encoding` and `storing` are the seconds that these take: one number, or a list by frame.
    The frames `dark` cannot be encoded. The camera fails in place of frame `last`, the disk at its clip `full`.
    Closing the camera takes `closing` seconds.
    """

    def __init__(self, count, *, shooting=0.0, encoding=1.0, storing=0.0, dark=(), last=None, full=None, closing=0.0):
        self.frames = [f"frame {number} {random.randrange(10**6)}" for number in range(count)]
        self.clips = {frame: random.randbytes(8) for frame in self.frames}
        self._frame_of = {clip: frame for frame, clip in self.clips.items()}
        self.shooting, self.last, self.full, self.closing = shooting, last, full, closing
        self.encode_seconds = encoding if isinstance(encoding, list) else [encoding] * count
        self.store_seconds = storing if isinstance(storing, list) else [storing] * count
        self.dark = dict(zip((self.frames[number] for number in dark), itertools.cycle(DARK)))
        self.taken: list[str] = []
        self.store_calls: list[str] = []
        self.encoding_since, self.encoded, self.storing_since, self.stored = {}, {}, {}, {}
        self.on_belt = self.most_on_belt = 0
        self.running: set[str] = set()
        self.opened = self.closed = False

    async def camera(self):
        self.opened = True
        try:
            for number, frame in enumerate(self.frames):
                await asyncio.sleep(self.shooting)
                if number == self.last:
                    raise OSError("the camera is out of power")
                self.taken.append(frame)
                self.on_belt += 1
                self.most_on_belt = max(self.most_on_belt, self.on_belt)
                yield frame
        finally:
            await asyncio.sleep(self.closing)
            self.closed = True

    async def encode(self, frame: str) -> bytes:
        self.encoding_since[frame] = now()
        await self._work(f"encode {frame}", self.encode_seconds[self.frames.index(frame)])
        self.encoded[frame] = now()
        if frame in self.dark:
            self.on_belt -= 1
            raise self.dark[frame](f"{frame} is too dark")
        return self.clips[frame]

    async def store(self, clip: bytes) -> None:
        frame, number = self._frame_of.get(clip, "a clip that was not made"), len(self.store_calls)
        self.store_calls.append(frame)
        self.storing_since[frame] = now()
        await self._work(f"store {frame}", self.store_seconds[number % len(self.frames)])
        if number == self.full:
            raise OSError("the disk is full")
        self.stored[frame] = now()
        self.on_belt -= 1

    async def _work(self, name: str, seconds: float) -> None:
        self.running.add(name)
        try:
            await asyncio.sleep(seconds)
        finally:
            self.running.discard(name)

    def begun_after(self, moment: float) -> list[str]:
        """The calls that began after `moment`."""
        works = [("encode", self.encoding_since), ("store", self.storing_since)]
        return [f"{work} at {t:g} s" for work, starts in works for t in starts.values() if t > moment]


class NewFilm:
    """A camera that begins anew after it was closed."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._camera = None

    def __aiter__(self):
        return self

    async def __anext__(self) -> str:
        self._camera = self._camera or self._studio.camera()
        return await anext(self._camera)

    async def aclose(self) -> None:
        if self._camera is not None:
            await self._camera.aclose()
            self._camera = None


@pytest.fixture
def run(student):
    """Calls the submission for a studio."""

    async def run(studio, *, workers=3, buffer=2):
        studio.source = studio.camera()  # held, so that nobody closes it by losing it
        return await student.run_pipeline(studio.source, studio.encode, studio.store, workers=workers, buffer=buffer)

    return run


@pytest.mark.correctness(points=2)
@pytest.mark.parametrize("count", [0, 1, 12])
async def test_each_frame_is_stored_once(run, count):
    """Each frame is encoded once and its clip stored once, however many there are; then the report comes."""
    studio = Studio(count, encoding=some_seconds(count), storing=some_seconds(count))

    report = await run(studio)

    assert sorted(studio.store_calls) == sorted(studio.frames)
    assert tuple(report) == (count, [])


@pytest.mark.correctness(points=1)
async def test_equal_frames_are_all_stored(student):
    """A frame that equals another is encoded, and its clip stored and counted, like any other."""
    encoded, stored = [], []
    night, dawn, dark = (f"{name} {random.randrange(10**6)}" for name in ["night", "dawn", "dark"])

    async def camera():
        for frame in [night, dark, night, dawn, dark, night]:
            yield frame

    async def encode(frame):
        encoded.append(frame)
        await asyncio.sleep(1)
        if frame == dark:
            raise ValueError(frame)
        return frame.encode()

    async def store(clip):
        stored.append(clip.decode())

    report = await student.run_pipeline(camera(), encode, store, workers=2, buffer=1)

    assert sorted(encoded) == sorted([night, night, night, dawn, dark, dark])
    assert sorted(stored) == sorted([night, night, night, dawn])
    assert report.stored == 4
    assert [frame for frame, _ in report.failed] == [dark, dark]


@pytest.mark.correctness(points=2)
async def test_failed_frames_are_reported(run):
    """A frame whose `encode` fails, in whatever way, is reported with its exception, and the other frames go on."""
    dark = random.sample(range(12), 4)
    studio = Studio(12, encoding=some_seconds(12), dark=dark)

    report = await run(studio)

    assert sorted(studio.stored) == sorted(set(studio.frames) - set(studio.dark)), "Other frames are missing."
    assert report.stored == 8
    reported = sorted((frame, type(error).__name__, str(error)) for frame, error in report.failed)
    assert reported == sorted((frame, kind.__name__, f"{frame} is too dark") for frame, kind in studio.dark.items())


@pytest.mark.correctness(points=2)
async def test_failing_source_loses_no_frame(run):
    """When the source fails, the frames that were taken are finished before its exception is raised."""
    studio = Studio(9, shooting=0.25, encoding=some_seconds(9), storing=0.5, dark=[1], last=7)

    with pytest.raises(FAILURE):
        await run(studio)

    taken, dark = set(studio.frames[:7]), set(studio.dark)
    assert sorted(studio.stored) == sorted(taken - dark)


@pytest.mark.correctness(points=1)
@pytest.mark.parametrize("failing", ["source", "store"])
async def test_failure_is_raised_as_it_is(run, failing):
    """When the source or `store` fails, its own exception is raised, not a group."""
    number = random.randrange(6)
    studio = Studio(6, last=number) if failing == "source" else Studio(6, full=number)

    with pytest.raises(OSError) as caught:
        await run(studio)
    assert str(caught.value) == ("the camera is out of power" if failing == "source" else "the disk is full")


@pytest.mark.concurrency(points=2)
async def test_workers_are_all_busy(run):
    """While frames are waiting, `workers` of them are encoded at once, and the next starts as soon as one ends."""
    workers = random.randint(3, 5)
    studio = Studio(14, encoding=some_seconds(14))

    await run(studio, workers=workers)

    most_at_once = peak(studio.encoding_since, studio.encoded)
    assert most_at_once == workers
    later_starts, ends_before_them = sorted(studio.encoding_since.values())[workers:], sorted(studio.encoded.values())
    assert later_starts == ends_before_them[:-workers]


@pytest.mark.concurrency(points=1)
async def test_stages_run_at_the_same_time(run):
    """Frames are taken while others are encoded and stored: each passes through without waiting for the rest."""
    studio = Studio(6, shooting=1.0, encoding=2.5, storing=0.5)

    await run(studio, workers=3, buffer=1)

    assert list(studio.stored.values()) == [4.0, 5.0, 6.0, 7.0, 8.0, 9.0]
    assert now() == 9.0


@pytest.mark.concurrency(points=1)
@pytest.mark.weather(seeds=5)
async def test_one_clip_is_stored_at_a_time(run):
    """`store` is never called while another call of it is running."""
    studio = Studio(12, encoding=some_seconds(12), storing=some_seconds(12))

    await run(studio, workers=4)

    assert peak(studio.storing_since, studio.stored) == 1


@pytest.mark.concurrency(points=2)
@pytest.mark.parametrize(("encoding", "storing"), [(2.0, 0.0), (0.0, 2.0)], ids=["slow_encode", "slow_store"])
async def test_belt_is_short(run, encoding, storing):
    """Whichever stage is slow, at most `workers + 2 * buffer + 2` frames are on the belt at any time."""
    workers, buffer = random.randint(1, 3), random.randint(1, 3)
    studio = Studio(20, encoding=encoding, storing=storing)

    await run(studio, workers=workers, buffer=buffer)

    assert studio.most_on_belt <= workers + 2 * buffer + 2


@pytest.mark.concurrency(points=1)
@pytest.mark.parametrize("slow", ["encode", "store"])
async def test_buffers_are_used(run, slow):
    """Before a stage that is slow, `buffer` frames or clips can wait without holding up the stage before."""
    workers, buffer = random.randint(1, 3), random.randint(2, 4)
    studio = Studio(20, encoding=20.0) if slow == "encode" else Studio(20, encoding=0.0, storing=20.0)

    call = asyncio.create_task(run(studio, workers=workers, buffer=buffer))
    await asyncio.sleep(10)
    if slow == "encode":
        assert len(studio.taken) >= workers + buffer, "The frames that wait for a worker are too few."
    else:
        assert len(studio.encoded) >= 1 + buffer, "The clips that wait for `store` are too few."
    call.cancel()


@pytest.mark.cancellation(points=2)
async def test_full_disk_ends_everything(run):
    """When `store` fails, the call fails at that moment, `encode` is cancelled, and nothing else starts."""
    studio = Studio(20, encoding=[2.0, 1.0, 5.0, *[9.0] * 17], storing=0.5, full=1)

    with pytest.raises(FAILURE):
        await run(studio)

    assert now() == 2.5
    assert studio.running == set(), "Calls were still running when the call ended."
    await asyncio.sleep(60)
    assert studio.begun_after(2.5) == []


@pytest.mark.cancellation(points=1)
@pytest.mark.parametrize("closing", [0.0, 1.5], ids=["at_once", "slowly"])
async def test_full_disk_closes_the_source(run, closing):
    """When `store` fails, the source is closed before the call ends, however long that takes."""
    studio = Studio(20, encoding=1.0, full=2, closing=closing)
    with pytest.raises(FAILURE):
        await run(studio)

    assert studio.closed, "The source is still open."


@pytest.mark.cancellation(points=2)
async def test_cancelling_ends_everything(run):
    """When the caller is cancelled, the call ends at that moment, running calls with it, and nothing else starts."""
    studio = Studio(20, encoding=some_seconds(20), storing=0.75)
    moment = round(random.uniform(1.8, 1.95), 3)

    call = asyncio.create_task(run(studio))
    await asyncio.sleep(moment)
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    assert now() == moment
    assert studio.running == set(), "Calls were still running when the call ended."
    await asyncio.sleep(60)
    assert studio.begun_after(moment) == []


@pytest.mark.cancellation(points=1)
@pytest.mark.parametrize("waiting_for", ["the source", "a worker"])
async def test_cancelling_closes_the_source(run, waiting_for):
    """When the caller is cancelled, the source is closed before the call ends, whatever is waited for."""
    slow = {"shooting": 30.0} if waiting_for == "the source" else {"encoding": 30.0}
    studio = Studio(20, closing=0.25, **slow)
    call = asyncio.create_task(run(studio))
    await asyncio.sleep(40)
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    assert studio.closed, "The source is still open."


@pytest.mark.cancellation(points=1)
async def test_cancelled_at_any_await_leaves_nothing(student, sandbox):
    """Wherever the call is cancelled, no call goes on and the source is closed."""
    studio = Studio(4, encoding=1.0, storing=1.0)
    stages = NewFilm(studio), studio.encode, studio.store

    async for attempt in sandbox.cancel_at_each_await(student.run_pipeline, *stages, workers=2, buffer=1):
        where = f"The call was cancelled while it waited in line {attempt.line}."
        assert attempt.outcome == "cancelled", where
        assert studio.running == set(), where
        assert studio.closed or not studio.opened, where
        studio.opened = studio.closed = False
