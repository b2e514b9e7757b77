"""Whatever a sandbox sends, the judge ends the test with a fault of the submission, and with no other."""

from __future__ import annotations

import _thread
import asyncio
import contextlib
import gc
import random
import socket
import struct
import tracemalloc
from collections.abc import Iterable
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.boundary.channel import MOST_BYTES, ChannelClosed, judge_channel
from grader.boundary.errors import CannotCross, ProtocolFault
from grader.boundary.messages import (
    Answer,
    Ask,
    BindDatagrams,
    Call,
    Cancel,
    Cancelled,
    Cancelling,
    Closed,
    Consumed,
    Data,
    Datagram,
    Dial,
    Eof,
    Fault,
    FrameToJudge,
    Idle,
    Inspection,
    Listen,
    Loaded,
    Note,
    NotLoaded,
    Raised,
    Ready,
    ReleaseDatagrams,
    Reset,
    Resolve,
    Returned,
    Secured,
    SignalProgram,
    StartProgram,
    StopListening,
    ToJudge,
)
from grader.boundary.values import Packer, Shapes
from grader.judge.companion import Companion
from grader.judge.custody import Custody
from grader.judge.endings import SubmissionFault
from grader.judge.http import Http
from grader.judge.launch import Zygote, can_fork
from grader.judge.student import Sandbox, Student
from grader.judge.world import JudgeMachine
from grader.simulation import SimulatedLoop

HEADER = struct.Struct("!I")
FRAMES = list(get_args(FrameToJudge))
MESSAGES = list(get_args(ToJudge))
ToJudgeMessage: Any = ToJudge
encode = msgspec.msgpack.Encoder().encode
SLOW_IS_FINE = settings(deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)

# -- a judge, and a child that only plays back bytes ----------------------------------------------------------

MEMBERS = {"work": "coroutine function", "plain": "function", "value": "plain"}


def framed(*frames: object) -> bytes:
    """Frames as a child would send them; bytes are taken for a frame that is encoded already."""
    bodies = [frame if isinstance(frame, bytes) else encode(frame) for frame in frames]
    return b"".join(HEADER.pack(len(body)) + body for body in bodies)


def idle(*messages: object, deadline: float | None = None) -> Idle:
    return Idle(deadline, messages)  # type: ignore[arg-type]


LOADED = idle(Loaded(MEMBERS))


async def suite(companion: Companion, http: Http) -> None:
    """What hidden tests do with a submission, in brief."""
    machine = companion._machine
    members = await companion.loaded
    student, sandbox = Student(companion, members, "probe.py"), Sandbox(companion)

    async def callback(value: object) -> object:
        await asyncio.sleep(1)
        return value

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.read(100))
        await writer.drain()
        writer.close()

    async def script(program: Any) -> int:
        program.stdout.write(await program.stdin.read(100))
        return 0

    machine.programs.add("convert", script)
    http.get("https://shop.test/1", payload={"a": 1}, latency=1.0)
    await machine.network.listen("echo.test", 80, _Refuses())
    await (await asyncio.start_server(serve, "served.test", 80)).start_serving()
    results = await asyncio.gather(
        student.work(callback, [1, 2]), student.work(lambda value: value), return_exceptions=True
    )
    call = asyncio.create_task(student.work(callback))
    await asyncio.sleep(0.5)
    call.cancel()
    results += await asyncio.gather(call, return_exceptions=True)
    results.append(student.value)
    results.append(student.plain(1))
    for result in results:
        # What becomes of a value in a report.
        repr(result)[:100]
    await sandbox.leftovers()
    async for attempt in sandbox.cancel_at_each_await(student.work, callback):
        repr(attempt)


class _Refuses:
    def accept(self, *args: object) -> None:
        return None


class Recording:
    """A socket that remembers what came through it."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self.received = bytearray()
        self.fileno, self.send, self.sendall, self.close = sock.fileno, sock.send, sock.sendall, sock.close

    def recv(self, size: int) -> bytes:
        chunk = self._sock.recv(size)
        self.received += chunk
        return chunk


def judge(custody: Custody, source: bytes = b"") -> SubmissionFault | None:
    """Run `suite` against a child, and return the fault that ended it, None where nothing but the test did.

    Whatever is not charged to the submission is raised.
    """
    machine = JudgeMachine()
    loop = SimulatedLoop(machine)
    loop.set_exception_handler(lambda loop, context: None)

    async def trial() -> None:
        http = Http(machine)
        companion = machine.companion = Companion(machine, loop, custody)
        companion.load("probe", source)
        await suite(companion, http)

    try:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(trial())
    except Exception as exc:
        rejected = isinstance(exc, AssertionError) and str(exc).startswith("The call ended without waiting once.")
        charged = isinstance(exc, (SubmissionFault, CannotCross)) or hasattr(exc, "__from_sandbox__")
        of_the_submission = rejected or charged
        if not of_the_submission and not isinstance(machine.fault, SubmissionFault):
            raise
        if machine.fault is None and isinstance(exc, SubmissionFault):
            return exc
    finally:
        custody.end()
    if machine.fault is not None and not isinstance(machine.fault, SubmissionFault):
        raise machine.fault
    return machine.fault


def play(stream: bytes) -> SubmissionFault | None:
    """How a test ends whose child begins with the submission, sends `stream` and closes, as `judge` says."""
    stream = framed(Ready()) + stream
    ours, theirs = socket.socketpair()
    done = [_thread.allocate_lock(), _thread.allocate_lock()]

    def send() -> None:
        with contextlib.suppress(OSError):
            theirs.sendall(stream)
            theirs.shutdown(socket.SHUT_WR)
        done[0].release()

    def read() -> None:
        with contextlib.suppress(OSError):
            while theirs.recv(65536):
                pass
        done[1].release()

    for lock, function in zip(done, (send, read), strict=True):
        lock.acquire()
        # Not a `threading.Thread`: on a simulated loop that would be a simulated one.
        _thread.start_new_thread(function, ())
    try:
        return judge(Custody(0, ours, output=None, exit_code=lambda: 0, kill=lambda: None, cpu_seconds=5.0))
    finally:
        for lock in done:
            lock.acquire()
        theirs.close()


# -- real sessions, mutated -----------------------------------------------------------------------------------

SUBMISSION = b"""
import asyncio
import aiohttp

value = {"a": [1, 2.5, "three", b"four", {5}, None]}

class Oops(Exception):
    pass

def plain(number):
    print("hello")
    return {"number": number, "big": 2**200, "oops": Oops("no", 1)}

class Echo(asyncio.DatagramProtocol):
    pass

async def work(callback, extra=None):
    if extra is None:
        answer = callback(1)
        if asyncio.iscoroutine(answer):
            return await answer
        raise Oops("sync")
    async def forgotten():
        pass
    forgotten()
    async with aiohttp.ClientSession() as session, session.get("https://shop.test/1") as response:
        found = await response.json()
    reader, writer = await asyncio.open_connection("served.test", 80)
    writer.write(b"hello")
    found["echo"] = await reader.read(100)
    writer.close()
    server = await asyncio.start_server(lambda reader, writer: None, "mine.test", 81)
    server.close()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Echo, local_addr=("mine.test", 82))
    transport.sendto(b"x", ("mine.test", 82))
    await asyncio.sleep(0)
    transport.close()
    process = await asyncio.create_subprocess_exec(
        "convert", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    found["program"] = await process.communicate(b"in")
    found["callback"] = await callback((1, 2))
    return found
"""


@pytest.fixture(scope="module")
def session() -> bytes:
    """Everything that a real child sent in a real session, from the first line of the submission on."""
    if not can_fork():
        pytest.skip("needs fork")
    zygote = Zygote.warm_up("filtered")
    custody = zygote.start(cpu_seconds=5.0)
    recording = Recording(custody.sock)
    custody.sock = recording  # type: ignore[assignment]
    try:
        assert judge(custody, SUBMISSION) is None
    finally:
        zygote.close()
    ready, *bodies = frames_of(bytes(recording.received))
    assert ready == encode(Ready())
    return framed(*bodies)


def frames_of(stream: bytes) -> list[bytes]:
    """The bodies of the frames in a stream."""
    bodies, at = [], 0
    while at < len(stream):
        (size,) = HEADER.unpack_from(stream, at)
        bodies.append(stream[at + 4 : at + 4 + size])
        at += 4 + size
    return bodies


def test_a_recorded_session_can_be_played_back(session: bytes) -> None:
    """The recording is whole: it brings the test to its end without the child, and holds most kinds of messages."""
    assert play(session) is None
    for kind in (
        b"Dial",
        b"Data",
        b"Resolve",
        b"Listen",
        b"BindDatagrams",
        b"Datagram",
        b"StartProgram",
        b"Note",
        b"Cancelling",
        b"Raised",
        b"Returned",
        b"Cancelled",
        b"Call",
        b"Ask",
        b"Answer",
        b"Loaded",
    ):
        assert kind in session, kind


@pytest.mark.parametrize("seed", range(100))
def test_a_mutated_session_is_charged_to_the_submission(session: bytes, seed: int) -> None:
    """Bytes that are changed, lost or added, and frames that are cut, doubled or out of order, blame nobody else."""
    chance = random.Random(seed)
    bodies = [bytearray(body) for body in frames_of(session)]
    for _ in range(chance.randint(1, 4)):
        _mutate(bodies, chance)
    stream = framed(*map(bytes, bodies))

    play(stream[: chance.randrange(len(stream))] if chance.random() < 0.1 else stream)


def _mutate(bodies: list[bytearray], chance: random.Random) -> None:
    body = chance.choice(bodies) if bodies else bytearray()
    at = chance.randrange(len(body)) if body else 0
    match chance.randrange(8):
        case 0 | 1 | 2 if body:
            body[at] ^= 1 << chance.randrange(8)
        case 3 if body:
            body[at] = chance.choice(b"\x00\x01\x7f\x80\x90\xc0\xc3\xcb\xcf\xd3\xff")
        case 4:
            body[at:at] = chance.randbytes(chance.randint(1, 4))
        case 5:
            del body[at : at + chance.randint(1, 8)]
        case 6 if bodies:
            bodies.insert(chance.randrange(len(bodies) + 1), bytearray(body))
        case 7 if len(bodies) > 1:
            bodies.insert(chance.randrange(len(bodies)), bodies.pop(chance.randrange(len(bodies))))


@pytest.mark.parametrize("seed", range(100))
def test_messages_out_of_order_are_charged_to_the_submission(session: bytes, seed: int) -> None:
    """Well-formed messages with other numbers, doubled, left out or in another order, blame nobody else."""
    chance = random.Random(seed)
    decode = msgspec.msgpack.Decoder(FrameToJudge).decode
    frames = [decode(body) for body in frames_of(session)]
    messages = [message for frame in frames if isinstance(frame, Idle) for message in frame.messages]
    changed = []
    for frame in frames:
        if isinstance(frame, Idle):
            kept = [_changed(message, chance) for message in frame.messages if chance.random() < 0.95]
            if chance.random() < 0.1:
                kept.insert(chance.randrange(len(kept) + 1), _changed(chance.choice(messages), chance))
            if chance.random() < 0.05:
                chance.shuffle(kept)
            frame = Idle(float(_number(chance)) if chance.random() < 0.03 else frame.deadline, tuple(kept))
        changed.append(frame)

    play(framed(*changed))


def _number(chance: random.Random) -> int:
    return chance.choice([-1, 0, 1, 2, 3, 7, 2**31, 2**63 - 1, -(2**63)])


def _changed(message: Any, chance: random.Random) -> Any:
    """The message with, at times, another number in one of its fields."""
    names = [name for name in message.__struct_fields__ if type(getattr(message, name)) is int]
    if not names or chance.random() > 0.04:
        return message
    return msgspec.structs.replace(message, **{chance.choice(names): _number(chance)})


# -- bytes and values from anywhere ---------------------------------------------------------------------------

NOTHING_ELSE = (ProtocolFault, ChannelClosed)


def receive(stream: bytes) -> None:
    """Read frames until the stream ends or is refused."""
    ours, theirs = socket.socketpair()
    with theirs:
        theirs.sendall(stream[:100_000])
    channel = judge_channel(ours)
    try:
        while True:
            channel.receive()
    except NOTHING_ELSE:
        pass
    finally:
        channel.close()


def packer() -> Packer:
    def refuse(packed: list[Any]) -> object:
        raise ProtocolFault("a handle")

    return Packer(lambda value: ["handle"], refuse, Shapes())


WORDS = st.sampled_from(
    [
        "list",
        "tuple",
        "set",
        "frozenset",
        "dict",
        "int",
        "dataclass",
        "namedtuple",
        "enum",
        "exception",
        "group",
        "timedelta",
        "datetime",
        "date",
        "time",
        "handle",
        "yours",
        "Point",
        "x",
        "y",
        "A|B",
        "ValueError",
        "errno",
        "builtins.OSError",
        "aiohttp.ClientConnectorError",
        "SystemExit",
        "StopIteration",
        "ExceptionGroup",
        "-1",
        "ff",
        "2026-01-01",
        "class",
        "__class__",
        "_fields",
        "",
        "self",
    ]
)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(),
    st.text(max_size=20),
    st.binary(max_size=20),
    WORDS,
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=6),
        st.builds(lambda word, rest: [word, *rest], WORDS, st.lists(inner, max_size=6)),
        st.dictionaries(st.text(max_size=5), inner, max_size=3),
    ),
    max_leaves=25,
)


@SLOW_IS_FINE
@given(st.binary(max_size=300))
def test_random_bytes_are_a_protocol_fault_or_an_end(data: bytes) -> None:
    """Bytes that are no frames are refused, whatever they say of their length."""
    receive(data)
    receive(HEADER.pack(len(data)) + data)


@SLOW_IS_FINE
@given(TREES, st.sampled_from(FRAMES + MESSAGES))
def test_random_trees_are_a_protocol_fault_or_a_frame(tree: Any, kind: type) -> None:
    """MessagePack of any form is refused, or is a frame of the schema."""
    rest = tree if isinstance(tree, list) else [tree]
    receive(framed(encode(tree), encode([kind.__name__, *rest]), encode(["Idle", None, [[kind.__name__, *rest]]])))


@SLOW_IS_FINE
@given(TREES)
def test_unpacking_raises_protocol_faults_only(tree: Any) -> None:
    """A packed value is unpacked or refused; what came out can be shown, compared and hashed or not."""
    try:
        value = packer().unpack(tree)
    except ProtocolFault:
        return
    except CannotCross as exc:
        pytest.fail(f"{exc!r} is no fault of what came")
    repr(value)


@SLOW_IS_FINE
@given(st.lists(st.tuples(st.sampled_from(MESSAGES), st.lists(LEAVES, max_size=6)), max_size=8))
def test_random_messages_are_charged_to_the_submission(parts: list[tuple[type, list[Any]]]) -> None:
    """Whatever messages a child sends after it has loaded, the test ends with its fault."""
    messages = []
    for kind, values in parts:
        with contextlib.suppress(msgspec.ValidationError):
            messages.append(msgspec.convert([kind.__name__, *values], ToJudgeMessage))

    play(framed(LOADED, idle(*messages), idle()))


# -- cases by hand ----------------------------------------------------------------------------------------------

DEEP = 500_000
NESTED = b"\x91" * DEEP + b"\xc0"


def returned(value: object) -> bytes:
    """A session in which the first call returns a packed value."""
    return framed(LOADED, idle(Returned(1, value)))


def packed_bytes(value: bytes) -> bytes:
    """The same for MessagePack that no encoder would make."""
    return framed(LOADED, b"\x93\xa4Idle\xc0\x91\x93\xa8Returned\x01" + value)


def deep_value(depth: int) -> list[Any]:
    value: list[Any] = ["list"]
    for _ in range(depth):
        value = ["list", value]
    return value


BROKE = "The code broke the rules of the grader's boundary: "
CASES: dict[str, tuple[bytes, str]] = {
    "nested 500,000 deep": (packed_bytes(NESTED), BROKE + "something that is not a message"),
    "a frame nested 500,000 deep": (framed(LOADED, NESTED), BROKE + "something that is not a message"),
    "nested 101 deep": (returned(deep_value(101)), BROKE + "a value of a kind that may not cross"),
    "a million digits": (returned(["int", "f" * 10**6]), BROKE + "a value that is not well formed"),
    "digits that are none": (returned(["int", "0x"]), BROKE + "a value that is not well formed"),
    "the same key twice": (returned(["dict", "a", 1, "a", 2]), BROKE + "a value that is not well formed"),
    "a key without a value": (returned(["dict", "a"]), BROKE + "a value that is not well formed"),
    "an unhashable key": (returned(["dict", ["list"], 1]), BROKE + "a value that is not well formed"),
    "half of a surrogate pair": (packed_bytes(b"\xa3\xed\xa0\x80"), BROKE + "something that is not a message"),
    "keys of one hash": (
        returned(["set", *[["int", f"{n * (2**61 - 1):x}"] for n in range(10, 2000)]]),
        BROKE + "a set or dictionary was sent whose keys all have the same hash",
    ),
    "a thousand kinds of records": (
        returned(["list", *[["dataclass", f"A{n}"] for n in range(1100)]]),
        BROKE + "too many kinds of records",
    ),
    "a record of 300 fields": (
        returned(["dataclass", "A", *[part for n in range(300) for part in (f"f{n}", n)]]),
        BROKE + "too many kinds of records",
    ),
    "a map": (returned({"a": 1}), BROKE + "a value of a kind that may not cross"),
    "an extension": (packed_bytes(b"\xd4\x05\x00"), BROKE + "a value of a kind that may not cross"),
    "a raised value": (framed(LOADED, idle(Raised(1, 7))), BROKE + "a call was said to have raised something"),
    "a raised exit": (
        framed(LOADED, idle(Raised(1, ["exception", ["SystemExit"], [0], [], "0"]))),
        BROKE + "a call was said to have raised SystemExit",
    ),
    "a raised StopIteration": (
        framed(LOADED, idle(Raised(1, ["exception", ["StopIteration"], [0], [], "0"]))),
        BROKE + "a coroutine was said to have raised StopIteration",
    ),
    "a reply to nothing": (framed(LOADED, idle(Returned(99, 1))), BROKE + "a call that was never made"),
    "a negative reply": (framed(LOADED, idle(Cancelled(-1))), BROKE + "a call that was never made"),
    "two replies": (framed(LOADED, idle(Returned(1, 1), Returned(1, 2))), BROKE + "a call that was never made"),
    "two replies of two kinds": (
        framed(LOADED, idle(Returned(1, 1), Cancelled(1))),
        BROKE + "a call that was never made",
    ),
    "an answer for another call": (
        framed(LOADED, idle(Returned(1, 1), Returned(2, 2)), idle(Cancelled(3)), Answer(Returned(77, 1))),
        BROKE + "one call was answered with the outcome of another",
    ),
    "an answer to nothing": (framed(LOADED, Answer(Returned(1, 1))), "The code spoke to the grader out of turn."),
    "an inspection of nothing": (framed(LOADED, Inspection(())), "The code spoke to the grader out of turn."),
    "a call of what was never exported": (
        framed(LOADED, idle(Call(1, 999, "call", "f", ["list"], {}))),
        BROKE + "something that was never passed on",
    ),
    "a question to what was never exported": (
        framed(LOADED, Ask(0.0, Call(1, -1, "call", "f", [], {}))),
        BROKE + "something that was never passed on",
    ),
    "a private attribute": (
        framed(LOADED, Ask(0.0, Call(1, 1, "get", "__globals__", [], {}))),
        BROKE + "a private attribute",
    ),
    "a private method": (
        framed(LOADED, idle(Call(1, 1, "method", "__reduce__", [], {}))),
        BROKE + "a private attribute",
    ),
    "a private attribute is set": (
        framed(LOADED, Ask(0.0, Call(1, 1, "set", "__code__", [1], {}))),
        BROKE + "an attribute of an object of the test",
    ),
    "arguments that are none": (framed(LOADED, idle(Call(1, 1, "call", "f", 5, {}))), BROKE + "a call that is not"),
    "a call that asks to be cancelled": (
        framed(LOADED, idle(Call(1, 1, "call", "f", [], {}, 3))),
        BROKE + "a call was sent that asks to be cancelled",
    ),
    "bytes to nowhere": (framed(LOADED, idle(Data(5, b"x"))), BROKE + "bytes were sent on a connection"),
    "an end of nothing": (framed(LOADED, idle(Eof(5), Closed(6), Reset(7))), BROKE + "bytes were sent on a connection"),
    "one connection twice": (
        framed(LOADED, idle(Dial(1, 1, "10.0.0.1", 80, 1), Dial(2, 1, "10.0.0.1", 80, 2))),
        BROKE + "too many connections",
    ),
    "a connection of the judge's number": (
        framed(LOADED, idle(Dial(1, -1, "10.0.0.2", 80, 1))),
        BROKE + "a connection with an impossible number",
    ),
    "a program with impossible pipes": (
        framed(LOADED, idle(StartProgram(1, 1, ("convert",), False, (-1, -2, -3)))),
        BROKE + "a connection with an imp",
    ),
    "loaded twice": (framed(LOADED, LOADED), BROKE + "the code said twice that it was loaded"),
    "loaded and not loaded": (
        framed(LOADED, idle(NotLoaded(["exception", ["ValueError"], [], [], ""]))),
        BROKE + "the code said twice",
    ),
    "not loaded, for no reason": (framed(idle(NotLoaded(7))), "The file cannot be imported: "),
    "a time that is none": (framed(LOADED, idle(deadline=float("nan"))), "The code asked the grader to be woken at"),
    "a time before the beginning": (
        framed(LOADED, idle(deadline=float("-inf"))),
        "The code asked the grader to be woken",
    ),
    "a note of no time": (
        framed(LOADED, idle(Note("blocked", "x", 1, float("nan"), 1.0))),
        BROKE + "a note of a time that does not exist",
    ),
    "a frame of 4 GiB": (framed(LOADED) + b"\xff\xff\xff\xff", BROKE + "more than 16 MiB were sent at once"),
    "a frame that never ends": (framed(LOADED) + HEADER.pack(MOST_BYTES) + b"\x90", "The code ended its own process"),
    "many messages at once": (
        framed(LOADED, b"\x93\xa4Idle\xc0\xdd" + struct.pack("!I", 10**6) + b"\x92\xa3Eof\x01" * 10**6),
        BROKE + "something that is not a message",
    ),
    "questions without end": (
        framed(LOADED) + framed(Ask(0.0, Call(1, 1, "get", "x", [], {}))) * 100_001,
        "The code has called back 100,000",
    ),
    "turns without end": (framed(LOADED) + framed(idle(deadline=0.001)) * 50_100, "The code still runs after"),
    "a fault of a megabyte": (framed(LOADED, Fault("exit", "x" * 2**20)), "The code ended the program with xxx"),
}


@pytest.mark.parametrize("case", list(CASES))
def test_what_may_not_be_sent_is_named(case: str) -> None:
    """Each breach of the protocol ends the test with one short sentence about the submission."""
    stream, cause = CASES[case]

    fault = play(stream)

    assert fault is not None
    assert fault.cause.startswith(cause)
    assert len(fault.cause) < 400
    assert "\n" not in fault.cause


HARMLESS: dict[str, Iterable[object]] = {
    "datagrams to nowhere": [Datagram(7, "nowhere.test", -1, b"x"), ReleaseDatagrams(7)],
    "listeners that do not exist": [StopListening(9), Listen(1, 1, "mine.test", -5), Listen(2, 1, None, 2**40)],
    "names without end": [Resolve(1, "x" * 10_000), Resolve(2, ""), Resolve(3, "\x00")],
    "connections to nowhere": [Dial(1, 1, "", -1, -1), Dial(2, 2, "999.0.0.1", 2**60, 0)],
    "an empty command": [StartProgram(1, 1, (), False, (0, 0, 0)), StartProgram(2, 2, (), True, (0, 0, 0))],
    "half a quotation": [StartProgram(1, 1, ("echo '",), True, (0, 0, 0))],
    "signals that do not exist": [StartProgram(1, 1, ("convert",), False, (0, 0, 0)), SignalProgram(1, 9999)],
    "signals to nobody": [SignalProgram(77, 9), SignalProgram(-1, -1)],
    "more is read than was sent": [
        StartProgram(1, 1, ("convert",), False, (1, 2, 2)),
        Consumed(1, 2**60),
        Consumed(2, -(2**60)),
        Data(1, b"x"),
    ],
    "everything after the end": [
        StartProgram(1, 1, ("convert",), False, (1, 2, 3)),
        Closed(1),
        Data(1, b"x"),
        Eof(1),
        Reset(1),
        Secured(1),
        Closed(1),
        Consumed(1, 5),
    ],
    "cancellations of nothing": [Cancel(5), Cancel(-1), Cancelling(99, 1)],
    "the same call twice": [Call(1, 1, "call", "f", [1], {}), Call(1, 1, "call", "f", [1], {}), Cancel(1)],
    "wrong operations": [
        Call(n, 1, operation, "f", [], {})
        for n, operation in enumerate(["await", "anext", "next", "aenter", "aexit", "enter", "exit", "get", "set"])
    ],
    "notes without end": [Note("unhandled", "x" * 2000)] * 5000,
    "an odd address": [BindDatagrams(1, 1, "\ud7ff", -1), BindDatagrams(2, 2, None, 0)],
}


@pytest.mark.parametrize("case", list(HARMLESS))
def test_what_means_nothing_changes_nothing(case: str) -> None:
    """Messages about things that do not exist are refused or ignored, and the test goes on to its own end."""
    play(framed(LOADED, idle(*HARMLESS[case]), idle(), idle()))


def test_memory_does_not_grow() -> None:
    """Sessions that end in a fault leave nothing in the judge."""
    streams = [stream for case, (stream, _) in CASES.items() if len(stream) < 10_000]
    for stream in streams:
        play(stream)
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for stream in streams * 3:
            play(stream)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert after - before < 2**20


def test_what_is_kept_of_a_flood_is_bounded() -> None:
    """Notes, spans and texts beyond what a report shows are not kept."""
    flood = [Note("unhandled", "x" * 100_000)] * 100 + [Note("unclosed", "y")] * 5000
    tracemalloc.start()
    try:
        play(framed(LOADED, *[idle(*flood)] * 3))
        gc.collect()
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert kept < 60 * 2**20
    assert peak < 200 * 2**20
