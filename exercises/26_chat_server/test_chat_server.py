"""Examples: run them with ``pytest exercises/26_chat_server``."""

import asyncio

import pytest


async def join(name):
    """The reader and the writer of a client who has sent its name."""
    reader, writer = await asyncio.open_connection("127.0.0.1", 8888)
    writer.write(f"{name}\n".encode())
    await asyncio.sleep(1)
    return reader, writer


async def next_line(reader):
    """The next line that arrives within a second, empty if there is none."""
    try:
        async with asyncio.timeout(1):
            return await reader.readline()
    except TimeoutError:
        return b""


@pytest.mark.correctness
async def test_a_conversation(student):
    """Ann reads that Bob has come, what he says, and that he has left."""
    server = student.ChatServer()
    await server.start("127.0.0.1", 8888)
    from_ann, to_ann = await join("ann")
    from_bob, to_bob = await join("bob")
    assert await next_line(from_ann) == b"* bob joined\n"

    to_bob.write(b"hi\n")
    assert await next_line(from_ann) == b"bob: hi\n"
    assert server.clients == 2

    to_bob.close()
    assert await next_line(from_ann) == b"* bob left\n"
    assert server.clients == 1


@pytest.mark.concurrency
async def test_a_sleepy_client_does_not_silence_the_room(student):
    """While Eva does not read, Bob gets each line within a second."""
    server = student.ChatServer()
    await server.start("127.0.0.1", 8888)
    from_bob, to_bob = await join("bob")
    from_eva, to_eva = await join("eva")
    to_eva.transport.pause_reading()
    from_ann, to_ann = await join("ann")
    assert await next_line(from_bob) == b"* eva joined\n"
    assert await next_line(from_bob) == b"* ann joined\n"

    for _ in range(100):
        to_ann.write(b"x" * 900 + b"\n")
        assert await next_line(from_bob) == b"ann: " + b"x" * 900 + b"\n"


@pytest.mark.cancellation
async def test_stop_says_goodbye(student):
    """Ann reads the goodbye, then her connection ends, and `stop` does not wait any longer."""
    server = student.ChatServer()
    await server.start("127.0.0.1", 8888)
    from_ann, to_ann = await join("ann")

    await server.stop(grace=5)
    assert asyncio.get_running_loop().time() == 1.0

    assert await next_line(from_ann) == b"* bye\n"
    assert await next_line(from_ann) == b"" and from_ann.at_eof()
    assert server.clients == 0


@pytest.mark.cancellation
async def test_timetable(student):
    """Ann gets the goodbye at once; Bob, who reads again in time, gets all that waited for him before it."""
    server = student.ChatServer()
    await server.start("127.0.0.1", 8888)
    (from_ann, to_ann), (from_bob, to_bob) = await join("ann"), await join("bob")
    assert await next_line(from_ann) == b"* bob joined\n"
    begin = asyncio.get_running_loop().time()
    await asyncio.sleep(0.8)

    to_bob.transport.pause_reading()
    for _ in range(8):
        to_ann.write(10 * (b"x" * 999 + b"\n"))
        await asyncio.sleep(0.025)
    stopping = asyncio.create_task(server.stop(grace=5))
    assert await next_line(from_ann) == b"* bye\n"
    assert await next_line(from_ann) == b"" and from_ann.at_eof()
    assert round(asyncio.get_running_loop().time() - begin, 3) == 1.0

    await asyncio.sleep(0.5)
    to_bob.transport.resume_reading()
    await stopping
    assert round(asyncio.get_running_loop().time() - begin, 3) == 1.5
    heard = (await from_bob.read()).splitlines()
    assert heard == 80 * [b"ann: " + b"x" * 999] + [b"* bye"]
