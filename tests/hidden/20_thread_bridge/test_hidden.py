"""The hidden suite of exercise 20."""

import asyncio
import random

import aiohttp
import pytest


def now() -> float:
    return asyncio.get_running_loop().time()


class Camera:
    """Takes pictures that nobody can have foreseen, each after a pause; then it is switched off.

    `taken` holds the moment at which each picture was taken, `off` the moment of the end.
    """

    def __init__(self, pauses, *, off_after=0.0):
        self.pictures = [f"{random.randrange(10**9)}/{number}" for number in range(len(pauses))]
        self.taken, self.off = [], None
        self._pauses, self._off_after = pauses, off_after

    async def next_picture(self):
        number = len(self.taken)
        if number == len(self.pictures):
            await asyncio.sleep(self._off_after)
            self.off = now()
            return None
        await asyncio.sleep(self._pauses[number])
        self.taken.append(now())
        return self.pictures[number]


class Reader:
    """Reads a feed until it ends; notes the pictures, and when it had them. Each keeps it busy for `seconds`."""

    def __init__(self, seconds=0.0):
        self.pictures, self.moments, self.ended = [], [], None
        self._seconds = seconds

    async def read(self, feed):
        async for picture in feed:
            self.pictures.append(picture)
            self.moments.append(now())
            await asyncio.sleep(self._seconds)
        self.ended = now()


async def read_one(feed):
    return await anext(aiter(feed))


@pytest.fixture
def start(student, sandbox):
    """Starts a thread for each of some cameras; `closes` has each close the feed at its end."""

    def start(feed, *cameras, closes=False):
        for camera in cameras:
            student.start_camera(sandbox.blocking(camera.next_picture), feed, closes=closes)

    return start


@pytest.fixture
def shop(http):
    """Sells things: makes URLs with prices that nobody can have foreseen, each after some seconds."""

    class Shop:
        def __init__(self):
            self.prices = {}

        def sells(self, *seconds):
            urls = [f"https://shop.test/{random.randrange(10**9)}/{number}" for number in range(len(seconds))]
            for url, latency in zip(urls, seconds):
                self.prices[url] = str(random.randrange(10**6))
                http.get(url, body=self.prices[url], latency=latency)
            return urls

    return Shop()


def some_pauses(count):
    return [random.choice([0, 0, 0.25, 0.625, 2]) for _ in range(count)]


@pytest.mark.correctness(points=2)
async def test_every_picture_arrives(student, start):
    """Each picture of each camera is read once, and those of one camera in the order in which it took them."""
    feed, cameras, reader = student.ThreadFeed(), [Camera(some_pauses(25)) for _ in range(4)], Reader()
    reading = asyncio.create_task(reader.read(feed))

    start(feed, *cameras)
    await asyncio.sleep(100)
    feed.close()
    await reading

    for camera in cameras:
        assert [picture for picture in reader.pictures if picture in camera.pictures] == camera.pictures
    assert len(reader.pictures) == 100


@pytest.mark.correctness(points=1)
async def test_close_lets_the_rest_be_read(student, start):
    """After the close, pictures that were pushed before can still be read; then the iteration ends."""
    feed, camera, reader = student.ThreadFeed(), Camera([0.125] * 30), Reader(seconds=1)

    start(feed, camera, closes=True)
    await reader.read(feed)

    assert reader.pictures == camera.pictures


@pytest.mark.correctness(points=1)
async def test_any_picture_is_a_picture(student):
    """An empty picture is read like any other, and so is one that equals another."""
    feed, reader = student.ThreadFeed(), Reader()
    pictures = random.sample(["", "", "door", "door", "0", "None"], 6)

    for picture in pictures:
        feed.push(picture)
    feed.close()
    await reader.read(feed)

    assert reader.pictures == pictures


@pytest.mark.correctness(points=1)
async def test_closed_feed_takes_nothing(student):
    """Once the feed is closed, `push` raises RuntimeError; closing it again does nothing."""
    feed, reader = student.ThreadFeed(), Reader()

    feed.push("before")
    feed.close()
    feed.close()

    with pytest.raises(RuntimeError):
        feed.push("after")
    await reader.read(feed)
    assert reader.pictures == ["before"]


@pytest.mark.correctness(points=1)
async def test_closed_feed_ends_every_iteration(student, start):
    """Whoever iterates over a closed feed without pictures has the end at once, also when it iterates again."""
    feed = student.ThreadFeed()
    start(feed, Camera([0.25, 0.5]), closes=True)

    readers = [Reader() for _ in range(3)]
    for reader in readers:
        await reader.read(feed)

    assert [len(reader.pictures) for reader in readers] == [2, 0, 0]


@pytest.mark.correctness(points=1)
async def test_call_gives_the_result(student, sandbox, shop):
    """`call` passes the arguments on, and returns what the coroutine returns."""
    urls = shop.sells(1, 0.5, 2)

    report = await student.make_report(await sandbox.session(), urls)

    assert report == [shop.prices[url] for url in urls]


@pytest.mark.correctness(points=1)
async def test_call_raises_the_error(student, sandbox, http):
    """`call` raises the exception that the coroutine raises."""
    status = random.choice([403, 404, 500])
    http.get("https://shop.test/", status=status)

    with pytest.raises(aiohttp.ClientResponseError) as caught:
        await student.make_report(await sandbox.session(), ["https://shop.test/"])
    assert caught.value.status == status


@pytest.mark.correctness(points=1)
async def test_late_call_raises_timeout_error(student, sandbox, shop):
    """A call that takes longer than its timeout raises TimeoutError; one that takes less is not disturbed."""
    fast, slow, last = shop.sells(1, 9, 1.5)

    report = await student.make_report(await sandbox.session(), [fast, slow, last], timeout=2)

    assert report == [shop.prices[fast], "late", shop.prices[last]]


@pytest.mark.correctness(points=1)
async def test_timeout_of_zero_is_a_timeout(student, sandbox, shop):
    """With a timeout of 0 seconds, a call whose coroutine takes time raises TimeoutError."""
    report = await student.make_report(await sandbox.session(), shop.sells(60), timeout=0)

    assert report == ["late"]
    assert now() == 0


@pytest.mark.correctness(points=1)
async def test_loop_cannot_call_itself(student, sandbox, http, shop):
    """On the event loop's own thread, `call` raises RuntimeError, and the coroutine does not run."""
    with pytest.raises(RuntimeError):
        await student.make_report(await sandbox.session(), shop.sells(1), in_thread=False)
    await asyncio.sleep(5)
    assert http.log == []


@pytest.mark.concurrency(points=2)
async def test_reader_wakes_at_the_moment_of_the_push(student, start):
    """A reader that waits has each picture at the moment when it is pushed, and the end at that of the close."""
    feed, camera, reader = student.ThreadFeed(), Camera([1.375, 2.0, 0.25], off_after=1.125), Reader()

    start(feed, camera, closes=True)
    await reader.read(feed)

    assert reader.moments == [1.375, 3.375, 3.625]
    assert reader.ended == 4.75


@pytest.mark.concurrency(points=1)
async def test_reader_does_not_block_the_loop(student, start, sandbox):
    """While a reader waits for a picture, the event loop is free."""
    feed, reader = student.ThreadFeed(), Reader()
    start(feed, Camera([4]), closes=True)
    reading = asyncio.create_task(reader.read(feed))
    await asyncio.sleep(0.5)
    blocked_for = await sandbox.heartbeat()
    await reading

    assert blocked_for == 0


@pytest.mark.concurrency(points=2)
async def test_push_does_not_wait_for_the_reader(student, start):
    """However slow the reader is, `push` does not wait: the camera takes its pictures in time."""
    feed, camera, reader = student.ThreadFeed(), Camera([0.5] * 20), Reader(seconds=3)

    start(feed, camera, closes=True)
    await reader.read(feed)

    assert camera.taken == [0.5 * number for number in range(1, 21)]


@pytest.mark.concurrency(points=1)
async def test_loop_itself_may_push(student):
    """The event loop's own thread may push and close too, while a reader waits and while none does."""
    feed, reader = student.ThreadFeed(), Reader()

    feed.push("early")
    reading = asyncio.create_task(reader.read(feed))
    await asyncio.sleep(1.5)
    feed.push("late")
    await asyncio.sleep(1)
    feed.close()
    await reading

    assert reader.moments == [0, 1.5]
    assert reader.ended == 2.5


@pytest.mark.concurrency(points=2)
async def test_call_blocks_only_its_thread(student, sandbox, shop):
    """A call ends at the moment when its coroutine ends, and the event loop is free meanwhile."""
    urls, session = shop.sells(2.125, 1), await sandbox.session()
    call = asyncio.create_task(student.make_report(session, urls))
    await asyncio.sleep(0.5)
    blocked_for = await sandbox.heartbeat()
    await call

    assert blocked_for == 0
    assert now() == 3.125


@pytest.mark.concurrency(points=1)
async def test_threads_call_at_the_same_time(student, sandbox, shop):
    """Calls from several threads run at the same time."""
    session = await sandbox.session()

    await asyncio.gather(*(student.make_report(session, shop.sells(1, 1)) for _ in range(5)))

    assert now() == 2.0


@pytest.mark.cancellation(points=2)
async def test_cancelled_reader_loses_no_picture(student, start):
    """A reader that is cancelled ends at that moment, and the next picture waits for the next reader."""
    feed, camera = student.ThreadFeed(), Camera([1, 2, 2])
    start(feed, camera, closes=True)
    reader = Reader()
    reading = asyncio.create_task(reader.read(feed))
    await asyncio.sleep(2)
    reading.cancel()
    await asyncio.wait([reading])
    ended = now()
    successor = Reader()
    await successor.read(feed)

    assert reading.cancelled()
    assert ended == 2.0
    assert reader.pictures + successor.pictures == camera.pictures


@pytest.mark.cancellation(points=2)
@pytest.mark.weather(seeds=5)
async def test_impatient_reader_loses_no_picture(student, start):
    """However often a reader gives up and comes back, it has each picture once, in order."""
    feed, camera, pictures = student.ThreadFeed(), Camera(some_pauses(20)), []
    start(feed, camera, closes=True)

    while True:
        try:
            async with asyncio.timeout(random.choice([0.125, 0.375, 1.0625])):
                pictures.append(await read_one(feed))
        except TimeoutError:
            continue
        except StopAsyncIteration:
            break

    assert pictures == camera.pictures


@pytest.mark.cancellation(points=3)
async def test_late_call_is_cancelled(student, sandbox, http, shop):
    """After its timeout, a call ends at once, and its coroutine is cancelled at that moment."""
    urls = shop.sells(9, 1, 7)

    await student.make_report(await sandbox.session(), urls, timeout=2.5)

    assert now() == 6.0
    assert [(request.arrived, request.ended) for request in http.log] == [(0, 2.5), (2.5, 3.5), (3.5, 6)]
