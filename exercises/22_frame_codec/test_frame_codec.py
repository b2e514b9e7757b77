"""Examples: run them with ``pytest exercises/22_frame_codec``."""

import asyncio

import pytest

HELLO = b"\x00\x00\x00\x05hello"
WORLD = b"\x00\x00\x00\x05world"


async def connect(sandbox):
    """Two ends of a connection, each a reader and a writer: the submission's, and the other end."""
    accepted = asyncio.get_running_loop().create_future()
    await asyncio.start_server(lambda *other_end: accepted.set_result(other_end), "127.0.0.1", 7000)
    return await sandbox.open_connection("127.0.0.1", 7000), await accepted


@pytest.mark.correctness
async def test_two_frames_in_one_piece(student, sandbox):
    """Two frames that arrive together are read one after the other, then the stream ends."""
    (reader, _), (_, meter) = await connect(sandbox)
    frames = student.FrameReader(reader, max_size=100)

    meter.write(HELLO + WORLD)
    meter.write_eof()

    assert [await frames.read() for _ in range(3)] == [b"hello", b"world", None]


@pytest.mark.correctness
async def test_writes_header_and_payload(student, sandbox):
    """A frame is sent as its header and its payload."""
    (_, writer), (from_program, _) = await connect(sandbox)

    await student.write_frame(writer, b"hello")
    await asyncio.sleep(1)

    assert await from_program.read(100) == HELLO


@pytest.mark.concurrency
async def test_waits_while_the_other_end_does_not_read(student, sandbox):
    """Of a megabyte, at most 256 KiB are taken while the other end does not read."""
    (_, writer), (_, to_program) = await connect(sandbox)
    to_program.transport.pause_reading()

    sent = 0

    async def send_a_megabyte():
        nonlocal sent
        while sent < 1024 * 1024:
            await student.write_frame(writer, bytes(4092))
            sent += 4096

    sending = asyncio.create_task(send_a_megabyte())
    await asyncio.sleep(1)

    assert sent <= 256 * 1024
    sending.cancel()


@pytest.mark.cancellation
async def test_timetable(student, sandbox):
    """A call that is cancelled in the middle of a frame loses nothing."""
    (reader, _), (_, meter) = await connect(sandbox)
    frames = student.FrameReader(reader, max_size=100)
    time = asyncio.get_running_loop().time

    meter.write(HELLO[:6])
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await frames.read()
    assert time() == 1.0

    await asyncio.sleep(0.5)
    asyncio.get_running_loop().call_later(0.5, meter.write, HELLO[6:] + WORLD)
    assert [await frames.read(), await frames.read()] == [b"hello", b"world"]
    assert time() == 2.0
