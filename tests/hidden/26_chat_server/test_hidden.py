"""The hidden suite of exercise 26."""

import asyncio
import itertools
import random
import string
from collections.abc import Coroutine

import pytest

ADDRESS = "127.0.0.1", 8888


def now() -> float:
    return asyncio.get_running_loop().time()


def word(length: int = 6) -> str:
    """A word that nobody can have foreseen."""
    return "".join(random.choices(string.ascii_lowercase + "éø水", k=length))


def long_lines(count: int, size: int = 1000) -> list[str]:
    """Lines of `size` bytes with their author's name of three letters, a colon and a space."""
    return [f"{number:04} ".ljust(size - 6, random.choice(string.ascii_lowercase)) for number in range(count)]


class Client:
    """Somebody at a terminal. `heard` is what has arrived, `ended` the time at which the server hung up."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heard: list[str] = []
        self.ended: float | None = None
        self.writer = writer
        self._reader = reader
        self._listening = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        try:
            while line := await self._reader.readline():
                self.heard.append(line.decode(errors="replace").removesuffix("\n"))
        except (ConnectionError, ValueError):
            pass
        self.ended = now()

    def heard_from(self, name: str) -> list[str]:
        """The lines that `name` said."""
        return [line.removeprefix(f"{name}: ") for line in self.heard if line.startswith(f"{name}: ")]

    def say(self, *lines: str) -> None:
        self.writer.write("".join(f"{line}\n" for line in lines).encode())

    def stop_reading(self) -> None:
        self.writer.transport.pause_reading()

    def read_again(self) -> None:
        self.writer.transport.resume_reading()

    def leave(self) -> None:
        self.writer.write_eof()

    def crash(self) -> None:
        self.writer.transport.reset_connection()


async def connect() -> Client:
    """A connection that has not said a word."""
    return Client(*await asyncio.open_connection(*ADDRESS))


async def join(*names: str) -> list[Client]:
    """Clients in the room, who came one after another."""
    clients = []
    for name in names:
        client = await connect()
        client.say(name)
        await asyncio.sleep(0.01)
        clients.append(client)
    return clients


async def opened(student, *names: str):
    """A room that is open, and the clients in it, who remember only what they hear from now on."""
    server = student.ChatServer()
    await server.start(*ADDRESS)
    clients = await join(*names)
    for client in clients:
        client.heard.clear()
    return server, *clients


async def seconds_taken(call: Coroutine[None, None, None], at_most: float = 60) -> float:
    """How long a call takes, infinity if it goes on for longer than `at_most`."""
    started = now()
    task = asyncio.create_task(call)
    await asyncio.wait({task}, timeout=at_most)
    if not task.done():
        return float("inf")
    await task
    return round(now() - started, 6)


async def say_slowly(client: Client, lines: list[str], at_once: int = 10) -> None:
    """Say many lines within half a second, `at_once` at a time."""
    for start in range(0, len(lines), at_once):
        client.say(*lines[start : start + at_once])
        await asyncio.sleep(0.5 * at_once / len(lines))


async def is_free() -> bool:
    """Whether another server can listen at the address."""
    try:
        server = await asyncio.start_server(lambda reader, writer: writer.close(), *ADDRESS)
    except OSError:
        return False
    server.close()
    return True


@pytest.mark.correctness(points=2)
async def test_a_line_goes_to_everybody_else(student):
    """A line reaches everybody else in the room unchanged, as `name: line`, and does not come back to its author."""
    first, second = word(), word()
    _, ann, bob, eva = await opened(student, first, second, word())

    hello, answer = f"  {word(20)} ", f"{word()}: * {word()}"
    ann.say(hello, "")
    await asyncio.sleep(1)
    bob.say(answer)
    await asyncio.sleep(1)

    assert eva.heard == [f"{first}: {hello}", f"{first}: ", f"{second}: {answer}"]
    assert bob.heard == [f"{first}: {hello}", f"{first}: "]
    assert ann.heard == [f"{second}: {answer}"]


@pytest.mark.correctness(points=1)
async def test_arrivals_are_announced(student):
    """Who was in the room before reads `* name joined`; the newcomer does not."""
    (server,) = await opened(student)
    first, second, third = word(), word(), word()
    ann, bob, eva = await join(first, second, third)
    await asyncio.sleep(1)

    assert ann.heard == [f"* {second} joined", f"* {third} joined"]
    assert bob.heard == [f"* {third} joined"]
    assert eva.heard == []
    assert server.clients == 3


@pytest.mark.correctness(points=1)
async def test_a_connection_without_a_name_is_not_in_the_room(student):
    """A connection that has not sent its name is not counted, hears nothing, and leaves without a word."""
    server, ann = await opened(student, word())

    silent = await connect()
    await asyncio.sleep(1)
    assert server.clients == 1
    ann.say(word())
    await asyncio.sleep(1)
    silent.leave()
    await asyncio.sleep(1)

    assert silent.heard == []
    assert ann.heard == []


@pytest.mark.correctness(points=1)
@pytest.mark.parametrize("way", ["leave", "crash"])
async def test_departures_are_announced(student, way):
    """When a client ends its connection, or crashes, the others read `* name left` once, and it is not counted."""
    name = word()
    server, ann, bob = await opened(student, word(), name)

    getattr(bob, way)()
    await asyncio.sleep(1)

    assert ann.heard == [f"* {name} left"]
    assert server.clients == 1


@pytest.mark.correctness(points=1)
@pytest.mark.parametrize("end", ["\n", ""], ids=["whole", "without_end"])
async def test_too_long_a_line_drops_its_author_only(student, end):
    """A client that sends more than 1024 bytes without a newline is dropped, and nobody else."""
    first, second = word(), word()
    server, ann, bob, eva = await opened(student, first, second, word())

    bob.writer.write(f"{'x' * random.randint(1500, 5000)}{end}".encode())
    await asyncio.sleep(1)
    eva.heard.clear()
    ann.say("still here")
    await asyncio.sleep(1)

    assert ann.heard == [f"* {second} left"]
    assert eva.heard == [f"{first}: still here"]
    assert bob.ended is not None, "The connection of the client that sent the line is still open."
    assert server.clients == 2


@pytest.mark.correctness(points=1)
async def test_a_line_ends_at_its_newline(student):
    """A line is complete at its newline, however many pieces it comes in, and a piece may hold several lines."""
    _, ann = await opened(student, word())
    bob = await connect()
    name = word()
    lines = [word(), f"水{word()}", word(), word()]

    data = "\n".join([name, *lines, ""]).encode()
    cut = data.index("\n水".encode()) + 2
    for piece in (data[:3], data[3:cut], data[cut:]):
        bob.writer.write(piece)
        await asyncio.sleep(1)

    assert ann.heard == [f"* {name} joined", *(f"{name}: {line}" for line in lines)]


@pytest.mark.concurrency(points=3)
async def test_a_client_that_does_not_read_holds_nobody_up(student):
    """While one client does not read, each line reaches the others within a second."""
    _, ann, bob, sleeper = await opened(student, "ann", "bob", word())
    sleeper.stop_reading()
    lines = long_lines(300)

    for start in range(0, 300, 10):
        ann.say(*lines[start : start + 10])
        await asyncio.sleep(1.5)
        assert len(bob.heard_from("ann")) == start + 10

    assert bob.heard_from("ann") == lines


@pytest.mark.concurrency(points=2)
async def test_a_client_that_does_not_read_is_dropped(student):
    """A client that leaves 250 kB unread is dropped within five seconds, and the others read `* name left`."""
    name = word()
    server, ann, bob, sleeper = await opened(student, "ann", "bob", name)
    sleeper.stop_reading()

    lines = long_lines(260)
    for start in range(0, 260, 10):
        ann.say(*lines[start : start + 10])
        await asyncio.sleep(1.5)
    await asyncio.sleep(5)

    assert [line for line in bob.heard if line.startswith("*")] == [f"* {name} left"]
    assert server.clients == 2
    sleeper.read_again()
    await asyncio.sleep(1)
    assert sleeper.ended is not None, "The connection of the client that did not read is still open."


@pytest.mark.concurrency(points=1)
@pytest.mark.parametrize("size", [1000, 100])
async def test_a_short_pause_loses_nothing(student, size):
    """A client that pauses for less than a second, and is at most 100 kB behind, gets every line."""
    server, ann, bob = await opened(student, "ann", "bob")
    bob.stop_reading()
    lines = long_lines(90_000 // size, size)

    await say_slowly(ann, lines, at_once=30 if size == 100 else 10)
    await asyncio.sleep(0.4)
    bob.read_again()
    await asyncio.sleep(1)

    assert len(bob.heard_from("ann")) == len(lines)
    assert bob.heard_from("ann") == lines
    assert server.clients == 2


@pytest.mark.concurrency(points=1)
async def test_a_crash_concerns_nobody_else(student):
    """A client that crashes at the moment at which a line is sent to it disturbs neither author nor readers."""
    server, ann, bob, *others = await opened(student, "ann", "bob", word(), word(), word())

    lines = [word() for _ in others]
    for line, other in zip(lines, others, strict=True):
        other.crash()
        ann.say(line)
        await asyncio.sleep(1)

    assert bob.heard_from("ann") == lines
    assert server.clients == 2


@pytest.mark.concurrency(points=1)
@pytest.mark.weather(seeds=5)
async def test_nothing_is_lost_in_a_busy_room(student):
    """While many talk and others come and go, everybody hears all lines of everybody else, in order."""
    names = ["ann", "bob", "eva", "lin", "tom"]
    said = {name: [f"{number} {word()}" for number in range(9)] for name in names}
    server, *everybody = await opened(student, *names)
    clients = dict(zip(names, everybody, strict=True))

    async def talk(name: str) -> None:
        for start in range(0, 9, 3):
            await asyncio.sleep(random.randint(1, 4) / 10)
            clients[name].say(*said[name][start : start + 3])

    visitors = []

    async def visit() -> None:
        await asyncio.sleep(random.randint(1, 9) / 10)
        (visitor,) = await join(word())
        visitors.append(visitor)
        visitor.say(word())
        await asyncio.sleep(random.randint(1, 3) / 10 - 0.01)
        random.choice([visitor.leave, visitor.crash])()

    await asyncio.gather(*map(talk, names), *(visit() for _ in range(6)))
    await asyncio.sleep(1)

    for reader, author in itertools.permutations(names, 2):
        heard = clients[reader].heard_from(author)
        assert heard == said[author], f"{reader} did not hear all that {author} said."
    assert server.clients == 5


@pytest.mark.cancellation(points=2)
async def test_stop_says_goodbye_and_closes(student):
    """`stop` sends `* bye` as the last line, closes the connections, and then returns without waiting any longer."""
    server, *clients = await opened(student, word(), word(), word())

    assert await seconds_taken(server.stop(grace=random.randint(2, 9))) == 0

    await asyncio.sleep(1)
    assert [client.heard[-1:] for client in clients] == [["* bye"]] * 3
    assert [client.ended is not None for client in clients] == [True] * 3
    assert server.clients == 0
    assert await is_free(), "The server still listens."


@pytest.mark.cancellation(points=1)
async def test_stop_closes_connections_without_a_name(student):
    """`stop` also closes connections that have not sent their name."""
    (server,) = await opened(student)
    silent = await connect()
    await asyncio.sleep(1)

    assert await seconds_taken(server.stop(grace=2)) <= 2

    await asyncio.sleep(1)
    assert silent.ended is not None, "The connection is still open."


@pytest.mark.cancellation(points=2)
async def test_stop_ends_within_its_grace(student, sandbox):
    """`stop` returns after `grace` seconds at the latest, even if a client does not read, and leaves no task behind."""
    server, ann, bob = await opened(student, "ann", "bob")
    bob.stop_reading()
    await say_slowly(ann, long_lines(90))

    grace = random.randint(1, 5)
    assert await seconds_taken(server.stop(grace=grace)) <= grace

    assert await sandbox.leftovers() == []
    assert ann.heard[-1:] == ["* bye"]


@pytest.mark.cancellation(points=1)
async def test_stop_waits_for_a_client_that_reads_again(student):
    """A client that reads again within the grace gets what waited for it, and `* bye`; then `stop` returns."""
    server, ann, bob = await opened(student, "ann", "bob")
    bob.stop_reading()
    lines = long_lines(90)
    await say_slowly(ann, lines)

    asyncio.get_running_loop().call_later(0.25, bob.read_again)
    assert await seconds_taken(server.stop(grace=5)) == 0.25

    await asyncio.sleep(1)
    assert len(bob.heard_from("ann")) == 90
    assert bob.heard[-1] == "* bye"


@pytest.mark.cancellation(points=1)
async def test_cancelled_stop_breaks_everything_off(student, sandbox):
    """When `stop` is cancelled, it ends at once, and breaks off the connections that are still open."""
    server, ann, bob = await opened(student, "ann", "bob")
    bob.stop_reading()
    await say_slowly(ann, long_lines(90))

    call = asyncio.create_task(server.stop(grace=60))
    await asyncio.sleep(0.25)
    call.cancel()
    cancelled_at = now()
    with pytest.raises(asyncio.CancelledError):
        await call

    assert now() == cancelled_at
    assert await sandbox.leftovers() == []
    bob.read_again()
    await asyncio.sleep(1)
    assert bob.heard[-1:] != ["* bye"]


@pytest.mark.cancellation(points=1)
async def test_nothing_remains_of_a_client_that_has_left(student, sandbox):
    """When a client has left, no task that served it goes on."""
    _, ann = await opened(student, word())
    before = await sandbox.leftovers()

    visitors = await join(word(), word(), word())
    ann.say(word())
    await asyncio.sleep(1)
    for visitor in visitors:
        random.choice([visitor.leave, visitor.crash])()
    await asyncio.sleep(1)

    assert sorted(await sandbox.leftovers()) == sorted(before)
