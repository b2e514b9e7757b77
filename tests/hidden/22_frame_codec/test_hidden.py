"""The hidden suite of exercise 22."""

import asyncio
import random

import pytest

ADDRESS = "127.0.0.1", 7000


def now() -> float:
    return asyncio.get_running_loop().time()


def frame(payload: bytes) -> bytes:
    return len(payload).to_bytes(4, "big") + payload


def message(size: int | None = None) -> bytes:
    """A payload that nobody can have foreseen."""
    return random.randbytes(random.randint(1, 40) if size is None else size)


class Meter:
    """The other end of a connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    def end(self) -> None:
        self.writer.write_eof()

    def stop_reading(self) -> None:
        self.writer.transport.pause_reading()

    def read_again(self) -> None:
        self.writer.transport.resume_reading()

    async def frames(self, count: int) -> list[bytes]:
        """The payloads of the next frames, as far as they arrive within ten seconds."""
        payloads = []
        try:
            async with asyncio.timeout(10):
                for _ in range(count):
                    size = int.from_bytes(await self.reader.readexactly(4), "big")
                    payloads.append(await self.reader.readexactly(size))
        except TimeoutError:
            pass
        return payloads


@pytest.fixture
async def connect(sandbox):
    """A function that makes connections: their reader and writer in the sandbox, and the meter at the other end."""
    meters: asyncio.Queue[Meter] = asyncio.Queue()
    await asyncio.start_server(lambda *other_end: meters.put_nowait(Meter(*other_end)), *ADDRESS)

    async def connect(**options):
        return *await sandbox.open_connection(*ADDRESS, **options), await meters.get()

    return connect


async def send_in_pieces(meter: Meter, data: bytes, pause: float = 0.25) -> None:
    """Send one byte after another."""
    for byte in data:
        meter.send(bytes([byte]))
        await asyncio.sleep(pause)


async def write_many(student, writer, payloads: list[bytes]) -> None:
    for payload in payloads:
        await student.write_frame(writer, payload)


@pytest.mark.correctness(points=2)
async def test_reads_a_frame_that_comes_byte_by_byte(student, connect):
    """A frame that arrives byte by byte is read as one payload."""
    reader, _, meter = await connect()
    frames = student.FrameReader(reader, 100)
    payloads = [message(), message()]

    sending = asyncio.create_task(send_in_pieces(meter, b"".join(map(frame, payloads))))

    assert [await frames.read(), await frames.read()] == payloads
    await sending


@pytest.mark.correctness(points=1)
async def test_reads_frames_that_come_together(student, connect):
    """Frames that arrive in one piece are read one by one, also if the piece ends inside a frame."""
    reader, _, meter = await connect()
    frames = student.FrameReader(reader, 100)
    payloads = [message() for _ in range(10)]

    data = b"".join(map(frame, payloads))
    meter.send(data[:-5])
    asyncio.get_running_loop().call_later(1, meter.send, data[-5:])

    assert [await frames.read() for _ in payloads] == payloads


@pytest.mark.correctness(points=1)
async def test_empty_payload_is_not_the_end(student, connect):
    """An empty payload is read as `b""`; only the end of the stream is `None`."""
    reader, _, meter = await connect()
    frames = student.FrameReader(reader, 100)
    last = message()

    meter.send(frame(b"") + frame(last) + frame(b""))
    meter.end()

    assert [await frames.read() for _ in range(4)] == [b"", last, b"", None]


@pytest.mark.correctness(points=2)
@pytest.mark.parametrize("part", ["header", "payload"])
async def test_end_inside_a_frame_is_an_error(student, connect, part):
    """When the stream ends inside a header or inside a payload, `read` raises ConnectionError."""
    reader, _, meter = await connect()
    frames = student.FrameReader(reader, 100)
    first, broken = message(), frame(message(20))

    meter.send(frame(first) + broken[: random.randint(1, 3) if part == "header" else random.randint(4, 23)])
    meter.end()

    assert await frames.read() == first
    with pytest.raises(ConnectionError):
        await frames.read()


@pytest.mark.correctness(points=1)
async def test_too_large_a_frame_is_refused_at_once(student, connect, sandbox):
    """A header that announces more than `max_size` bytes raises FrameTooLarge, before the payload has come."""
    reader, _, meter = await connect()
    max_size = random.randint(50, 5000)
    frames = student.FrameReader(reader, max_size)

    meter.send(random.choice([max_size + 1, 2**32 - 1]).to_bytes(4, "big"))
    asyncio.get_running_loop().call_later(5, meter.end)

    with pytest.raises(sandbox.error("FrameTooLarge")):
        await frames.read()
    assert now() == 0, "It was not raised at once."


@pytest.mark.correctness(points=1)
async def test_the_largest_frame_is_allowed(student, connect):
    """A payload of exactly `max_size` bytes is read, also where that exceeds the stream's own limit."""
    reader, _, meter = await connect(limit=1000)
    payload = message(random.randint(150_000, 250_000))
    frames = student.FrameReader(reader, len(payload))

    meter.send(frame(payload) + frame(b"next"))

    received = await frames.read()
    assert len(received) == len(payload)
    assert received == payload
    assert await frames.read() == b"next"


@pytest.mark.correctness(points=1)
async def test_writes_header_and_payload(student, connect):
    """A frame is sent as four bytes with the payload's size, most significant byte first, and the payload."""
    _, writer, meter = await connect()
    payloads = [message(), b"", message(70_000), message()]

    writing = asyncio.create_task(write_many(student, writer, payloads))
    sent = b"".join(map(frame, payloads))

    assert (await meter.reader.readexactly(4)).hex(" ") == sent[:4].hex(" ")
    async with asyncio.timeout(10):
        received = await meter.reader.readexactly(len(sent) - 4)
    assert received == sent[4:], "What followed the first header was not what should have been sent."
    await writing


@pytest.mark.concurrency(points=1)
async def test_reads_at_the_moment_of_the_last_byte(student, connect):
    """`read` returns at the moment at which the last byte of its frame arrives."""
    reader, _, meter = await connect()
    frames = student.FrameReader(reader, 100)
    payloads = [message(4), message(8), message(2)]

    sending = asyncio.create_task(send_in_pieces(meter, b"".join(map(frame, payloads))))
    moments = []
    for _ in payloads:
        await frames.read()
        moments.append(now())

    assert moments == [1.75, 4.75, 6.25]
    await sending


@pytest.mark.concurrency(points=2)
async def test_frames_of_several_tasks_never_mix(student, connect):
    """When several tasks write to one connection, and the other end reads slowly, each frame arrives whole."""
    _, writer, meter = await connect()
    batches = [[message(random.randint(10_000, 30_000)) for _ in range(6)] for _ in range(5)]

    meter.stop_reading()
    writing = [asyncio.create_task(write_many(student, writer, batch)) for batch in batches]
    await asyncio.sleep(1)
    meter.read_again()

    received = await meter.frames(30)
    assert len(received) == 30, "The frames were mixed, or not all of them arrived."
    for number, batch in enumerate(batches):
        own = [payload for payload in received if payload in batch]
        assert own == batch, f"Task {number} wrote other frames than those that arrived, or in another order."
    await asyncio.gather(*writing)


@pytest.mark.concurrency(points=2)
async def test_waits_while_the_other_end_does_not_read(student, connect):
    """While the other end does not read, at most 256 KiB are taken; when it reads again, writing goes on."""
    _, writer, meter = await connect()
    meter.stop_reading()
    payloads = [message(4092) for _ in range(400)]
    sent = 0

    async def write() -> None:
        nonlocal sent
        for payload in payloads:
            await student.write_frame(writer, payload)
            sent += 4096

    writing = asyncio.create_task(write())
    await asyncio.sleep(1)
    assert sent <= 256 * 1024, "write_frame did not wait, although the other end did not read."

    meter.read_again()
    assert len(await meter.frames(400)) == 400, "Not all frames arrived when the other end read again."
    await writing


@pytest.mark.concurrency(points=1)
async def test_large_frame_waits_too(student, connect):
    """While the other end does not read, the call for a frame of more than 256 KiB waits, even if it is the first."""
    _, writer, meter = await connect()
    meter.stop_reading()
    payload = message(300_000)

    writing = asyncio.create_task(student.write_frame(writer, payload))
    await asyncio.sleep(1)
    assert not writing.done(), "write_frame did not wait, although the other end did not read."

    meter.read_again()
    assert await meter.frames(1) == [payload]
    await writing


@pytest.mark.concurrency(points=1)
async def test_connections_do_not_wait_for_each_other(student, connect):
    """A connection whose other end does not read holds up no other connection."""
    _, to_sleeper, sleeper = await connect()
    _, to_reader, meter = await connect()
    sleeper.stop_reading()
    payloads = [message() for _ in range(3)]

    blocked = asyncio.create_task(write_many(student, to_sleeper, [message(100_000) for _ in range(5)]))
    await asyncio.sleep(1)
    writing = asyncio.create_task(write_many(student, to_reader, payloads))

    assert await meter.frames(3) == payloads
    assert now() == 1.0
    for task in (blocked, writing):
        task.cancel()


@pytest.mark.cancellation(points=3)
@pytest.mark.parametrize("arrived", [2, 4, 6], ids=["in_the_header", "after_the_header", "in_the_payload"])
async def test_cancelled_read_loses_nothing(student, connect, arrived):
    """A call of `read` that is cancelled loses no byte: the next call returns the whole frame."""
    reader, _, meter = await connect()
    frames = student.FrameReader(reader, 100)
    first, second = message(5), message(5)

    meter.send(frame(first)[:arrived])
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await frames.read()
    assert now() == 1.0, "The call did not end at the moment it was cancelled."

    meter.send(frame(first)[arrived:] + frame(second))
    assert [await frames.read(), await frames.read()] == [first, second]


@pytest.mark.cancellation(points=2)
async def test_many_cancellations_lose_nothing(student, connect):
    """However often a call of `read` is cancelled, all payloads are read, whole and in order."""
    reader, _, meter = await connect()
    frames = student.FrameReader(reader, 100)
    payloads = [message(random.randint(0, 9)) for _ in range(8)]

    sending = asyncio.create_task(send_in_pieces(meter, b"".join(map(frame, payloads))))
    # Cancelled between the bytes, which come at quarters of a second.
    limits = [0.125, *random.choices([0.25, 0.5, 1.0, 1.25], k=150)]
    received = []
    for limit in limits:
        called = now()
        call = asyncio.create_task(frames.read())
        await asyncio.wait([call], timeout=limit)
        call.cancel()
        await asyncio.wait([call])
        if not call.cancelled():
            received.append(call.result())
            await asyncio.sleep(called + limit - now())

    assert received == payloads
    await sending


@pytest.mark.cancellation(points=2)
async def test_cancelled_write_sends_a_whole_frame_or_nothing(student, connect):
    """A call of `write_frame` that is cancelled ends at once, and its frame arrives whole or not at all."""
    _, writer, meter = await connect()
    payloads = [message(40_000) for _ in range(12)]
    meter.stop_reading()

    for payload in payloads:
        call = asyncio.create_task(student.write_frame(writer, payload))
        await asyncio.sleep(1)
        started = now()
        call.cancel()
        await asyncio.wait([call])
        assert now() == started, "The call did not end at the moment it was cancelled."

    meter.read_again()
    last = message()
    writing = asyncio.create_task(student.write_frame(writer, last))
    received = await meter.frames(len(payloads) + 1)
    await asyncio.wait([writing], timeout=1)
    assert [payload for payload in received if payload not in payloads] == [last], "A frame did not arrive whole."
