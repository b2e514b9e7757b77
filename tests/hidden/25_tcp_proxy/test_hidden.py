"""The hidden suite of exercise 25."""

import asyncio
import random

import pytest

BOTH_WAYS = pytest.mark.parametrize("first", ["client", "upstream"])


def now() -> float:
    return asyncio.get_running_loop().time()


def words(size: int | None = None) -> bytes:
    """Bytes that nobody can have foreseen."""
    return random.randbytes(random.randint(1, 40) if size is None else size)


class Side:
    """One of the two sides.

    `heard` is what has arrived, `moments` the same by moment. `ended` is the moment at which the stream ended.
    """

    def __init__(self) -> None:
        self.heard = bytearray()
        self.moments: dict[float, bytes] = {}
        self.ended: float | None = None

    async def connect(self, sandbox, port: int):
        """The submission's end of a connection to this side."""
        await asyncio.start_server(self._accept, "127.0.0.1", port)
        return await sandbox.open_connection("127.0.0.1", port)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._listening = asyncio.create_task(self._listen(reader))

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        try:
            while piece := await reader.read(2**16):
                self.heard += piece
                self.moments[now()] = self.moments.get(now(), b"") + piece
        except ConnectionError:
            pass
        self.ended = now()

    def say(self, data: bytes) -> None:
        self._writer.write(data)

    async def say_much(self, data: bytes) -> None:
        """Send in pieces of 64 KiB; each waits until there is room for it."""
        for start in range(0, len(data), 65536):
            self._writer.write(data[start : start + 65536])
            await self._writer.drain()

    def unsent(self) -> int:
        return self._writer.transport.get_write_buffer_size()

    def half_close(self) -> None:
        self._writer.write_eof()

    def stop_reading(self) -> None:
        self._writer.transport.pause_reading()

    def read_again(self) -> None:
        self._writer.transport.resume_reading()

    def crash(self) -> None:
        self._writer.transport.reset_connection()


class Link:
    """A relay that runs between two sides."""

    def __init__(self, relaying: asyncio.Task, client: Side, upstream: Side, recorder) -> None:
        self.relaying = relaying
        self.client = client
        self.upstream = upstream
        self._recorder = recorder

    def sides(self, first: str) -> tuple[Side, Side]:
        """Both sides, the one that is called `first` before the other."""
        return (self.client, self.upstream) if first == "client" else (self.upstream, self.client)

    def open(self) -> int:
        """How many of the two connections are still open."""
        spans = self._recorder.trace().spans
        return sum(span.kind == "connection" and span.ending == "open" for span in spans)

    async def outcome(self, at_most: float = 100) -> object:
        """What the relay returns, or the name of what it raises; "still running" if it goes on for too long."""
        await asyncio.wait([self.relaying], timeout=at_most)
        if not self.relaying.done():
            return "still running"
        if self.relaying.cancelled():
            return "CancelledError"
        error = self.relaying.exception()
        if error is None:
            return self.relaying.result()
        return "ConnectionError" if isinstance(error, ConnectionError) else type(error).__name__


@pytest.fixture
async def link(student, sandbox, trial) -> Link:
    """A relay that has begun."""
    client, upstream = Side(), Side()
    pairs = await client.connect(sandbox, 7001), await upstream.connect(sandbox, 7002)
    relaying = asyncio.create_task(student.relay(*pairs))
    await sandbox.settle()
    return Link(relaying, client, upstream, trial.machine.recorder)


@pytest.mark.correctness(points=2)
@BOTH_WAYS
async def test_bytes_pass_unchanged(link, first):
    """Bytes are passed on unchanged and in order, however many they are, in both directions."""
    speaker, listener = link.sides(first)
    data = words(300_000).replace(b"\n", b".")

    sending = asyncio.create_task(speaker.say_much(data))
    await asyncio.sleep(1)

    assert len(listener.heard) == len(data)
    assert listener.heard == data, "Other bytes arrived than were sent."
    await sending


@pytest.mark.correctness(points=2)
@BOTH_WAYS
async def test_end_of_one_direction_is_passed_on(link, first):
    """When a side half-closes, the other receives its bytes and then the end, and can still answer."""
    asker, answerer = link.sides(first)
    question, answer = words(), words(5000)

    asker.say(question)
    asker.half_close()
    await asyncio.sleep(1)
    assert answerer.moments == {0: question}
    assert answerer.ended == 0, "The end of the stream was not passed on."
    answerer.say(answer)
    await asyncio.sleep(1)

    assert asker.moments == {1: answer}, "The answer that came after the end of the question was not passed on."
    assert asker.ended is None, "The stream ended that was still open."


@pytest.mark.correctness(points=1)
@BOTH_WAYS
async def test_relay_counts_the_bytes(link, first):
    """When both sides have ended their sending, the number of bytes from the client and from upstream is returned."""
    early, late = link.sides(first)
    sizes = {link.client: random.randint(1, 9000), link.upstream: random.randint(1, 9000)}

    for side in (early, late):
        await asyncio.sleep(1)
        side.say(words(sizes[side]))
        side.half_close()

    assert await link.outcome() == (sizes[link.client], sizes[link.upstream])
    assert now() == 2.0


@pytest.mark.correctness(points=1)
async def test_connections_are_closed_at_the_end(link):
    """When both sides have ended their sending, both connections are closed."""
    first, second = link.sides(random.choice(["client", "upstream"]))

    first.half_close()
    await asyncio.sleep(1)
    assert link.open() == 2, "A connection was closed before both directions had ended."
    second.half_close()
    await asyncio.sleep(1)

    assert link.open() == 0, "A connection is still open."


@pytest.mark.correctness(points=1)
@BOTH_WAYS
async def test_slow_reader_gets_everything(link, first):
    """A side that reads only when both directions have ended still receives everything."""
    speaker, listener = link.sides(first)
    data = words(150_000)

    listener.stop_reading()
    speaker.say(data)
    speaker.half_close()
    listener.half_close()
    await asyncio.sleep(5)
    listener.read_again()
    await asyncio.sleep(1)

    assert len(listener.heard) == len(data)
    assert listener.heard == data, "Other bytes arrived than were sent."
    assert link.open() == 0, "A connection is still open."


@pytest.mark.correctness(points=1)
@BOTH_WAYS
async def test_broken_connection_ends_the_relay(link, first):
    """When a connection breaks, both are broken off, and its ConnectionError is raised, at that moment."""
    broken, other = link.sides(first)
    other.say(words())
    await asyncio.sleep(1)

    broken.crash()

    assert await link.outcome() == "ConnectionError"
    assert now() == 1.0
    await asyncio.sleep(1)
    assert other.ended == 1.0, "The other connection is still open."


@pytest.mark.concurrency(points=3)
@BOTH_WAYS
async def test_either_side_may_speak_first(link, first):
    """Either side may speak first and as often as it likes; all is passed on at the moment it arrives."""
    talker, other = link.sides(first)
    said = {talker: {}, other: {}}

    for speaker in (talker, talker, other, talker, other, other):
        said[speaker][now()] = sentence = words()
        speaker.say(sentence)
        await asyncio.sleep(1)

    assert other.moments == said[talker]
    assert talker.moments == said[other]


@pytest.mark.concurrency(points=2)
@BOTH_WAYS
async def test_sender_stops_while_the_other_does_not_read(link, first):
    """While a side does not read, at most 1 MiB is under way to it; when it reads again, all of it arrives."""
    speaker, listener = link.sides(first)
    listener.stop_reading()
    data = words(4 * 1024 * 1024)

    sending = asyncio.create_task(speaker.say_much(data))
    await asyncio.sleep(1)
    assert not sending.done(), "The relay took everything, although the other side did not read."
    listener.read_again()
    await asyncio.sleep(1)
    assert sending.done(), "The sending did not go on when the other side read again."
    assert listener.heard == data, "Other bytes arrived than were sent."


@pytest.mark.concurrency(points=1)
@BOTH_WAYS
async def test_side_that_does_not_read_may_speak(link, first):
    """A side that does not read does not hold up what it sends itself."""
    sleeper, other = link.sides(first)
    sleeper.stop_reading()
    sending = asyncio.create_task(other.say_much(words(2 * 1024 * 1024)))
    await asyncio.sleep(1)

    sentence = words()
    sleeper.say(sentence)
    await asyncio.sleep(1)

    assert other.moments == {1: sentence}
    sending.cancel()


@pytest.mark.concurrency(points=1)
async def test_both_sides_may_send_much_at_once(link):
    """Both sides may send much at the same time, and end; all of it arrives, and no time passes."""
    sent = {
        link.client: words(random.randint(10**6, 2 * 10**6)),
        link.upstream: words(random.randint(10**6, 2 * 10**6)),
    }

    async def speak(side: Side) -> None:
        await side.say_much(sent[side])
        side.half_close()

    speaking = [asyncio.create_task(speak(side)) for side in sent]
    assert await link.outcome() == (len(sent[link.client]), len(sent[link.upstream]))
    assert now() == 0
    await asyncio.gather(*speaking)
    await asyncio.sleep(1)
    assert link.upstream.heard == sent[link.client], "Other bytes arrived upstream than the client sent."
    assert link.client.heard == sent[link.upstream], "Other bytes arrived at the client than upstream sent."


@pytest.mark.cancellation(points=2)
@pytest.mark.parametrize("ended", [None, "client", "upstream"], ids=["both_open", "client_ended", "upstream_ended"])
async def test_cancelling_breaks_both_connections_off(sandbox, link, ended):
    """When `relay` is cancelled, it ends at that moment, both connections are broken off, and no task goes on."""
    if ended is not None:
        link.sides(ended)[0].half_close()
    link.upstream.say(words()) if ended != "upstream" else None
    await asyncio.sleep(1)
    link.relaying.cancel()

    assert await link.outcome() == "CancelledError"
    assert now() == 1.0
    assert await sandbox.leftovers() == []
    assert link.open() == 0, "A connection is still open."


@pytest.mark.cancellation(points=3)
@BOTH_WAYS
async def test_cancelling_waits_for_nobody(sandbox, link, first):
    """When `relay` is cancelled, it ends at that moment and breaks both off, even if a side does not read."""
    speaker, sleeper = link.sides(first)
    sleeper.stop_reading()
    sending = asyncio.create_task(speaker.say_much(words(2 * 1024 * 1024)))
    await asyncio.sleep(1)
    link.relaying.cancel()

    assert await link.outcome() == "CancelledError"
    assert now() == 1.0
    assert await sandbox.leftovers() == []
    assert link.open() == 0, "A connection is still open, because it waits for a side that does not read."
    await asyncio.wait([sending])


@pytest.mark.cancellation(points=1)
async def test_no_task_goes_on(sandbox, link):
    """When `relay` has returned, none of its tasks goes on."""
    link.client.say(words())
    link.client.half_close()
    await asyncio.sleep(1)
    link.upstream.half_close()

    assert isinstance(await link.outcome(), tuple)
    assert await sandbox.leftovers() == []
