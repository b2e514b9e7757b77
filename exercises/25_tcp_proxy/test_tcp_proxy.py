"""Examples: run them with ``pytest exercises/25_tcp_proxy``."""

import asyncio

import pytest


class Side:
    """One of the two sides: what it has heard at which moment, and when the stream to it ended."""

    def __init__(self):
        self.heard = {}
        self.ended = None

    async def connect(self, sandbox, port):
        """The submission's end of a connection to this side."""
        await asyncio.start_server(self.accept, "127.0.0.1", port)
        return await sandbox.open_connection("127.0.0.1", port)

    def accept(self, reader, writer):
        self.writer = writer
        self.listening = asyncio.create_task(self.listen(reader))

    async def listen(self, reader):
        time = asyncio.get_running_loop().time
        while piece := await reader.read(2**16):
            self.heard[time()] = self.heard.get(time(), b"") + piece
        self.ended = time()


async def start(student, sandbox):
    """A relay that runs, and its two sides."""
    client, upstream = Side(), Side()
    pairs = await client.connect(sandbox, 7001), await upstream.connect(sandbox, 7002)
    relaying = asyncio.create_task(student.relay(*pairs))
    await sandbox.settle()
    return relaying, client, upstream


@pytest.mark.correctness
async def test_timetable(student, sandbox):
    """The end of the question is passed on, and the answer still arrives."""
    relaying, client, upstream = await start(student, sandbox)

    client.writer.write(b"question")
    client.writer.write_eof()
    await asyncio.sleep(1)
    upstream.writer.write(b"ans")
    await asyncio.sleep(1)
    upstream.writer.write(b"wer")
    upstream.writer.write_eof()

    assert await relaying == (8, 6)
    assert asyncio.get_running_loop().time() == 2.0
    assert (upstream.heard, upstream.ended) == ({0: b"question"}, 0)
    assert (client.heard, client.ended) == ({1: b"ans", 2: b"wer"}, 2)


@pytest.mark.concurrency
async def test_upstream_may_speak_first(student, sandbox):
    """What upstream says first reaches the client at once."""
    relaying, client, upstream = await start(student, sandbox)

    upstream.writer.write(b"welcome")
    await asyncio.sleep(1)

    assert client.heard == {0: b"welcome"}
    relaying.cancel()


@pytest.mark.cancellation
async def test_cancelling_waits_for_nobody(student, sandbox):
    """When the relay is cancelled, it ends at that moment, though the client does not read."""
    relaying, client, upstream = await start(student, sandbox)
    client.writer.transport.pause_reading()
    upstream.writer.write(bytes(500_000))
    await asyncio.sleep(1)

    relaying.cancel()
    await asyncio.wait([relaying], timeout=10)

    assert relaying.cancelled()
    assert asyncio.get_running_loop().time() == 1.0
    await asyncio.sleep(1)
    assert upstream.ended == 1.0, "The connection to upstream is still open."
