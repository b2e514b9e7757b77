"""Frames arrive whole, or the reason is one of two exceptions."""

import socket
import struct
import threading

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.boundary.channel import MOST_BYTES, ChannelClosed, judge_channel, sandbox_channel
from grader.boundary.errors import ProtocolFault
from grader.boundary.messages import (
    Answer,
    Ask,
    Call,
    Data,
    Fault,
    Go,
    Idle,
    Inspect,
    Inspection,
    Load,
    Note,
    Raised,
    Returned,
    Waiting,
)

encode = msgspec.msgpack.encode
CALL = Call(1, 0, "method", "fetch", ["list", 1], {"limit": 3}, 2)
TO_SANDBOX = [
    Load("probe", b"x = 1\n", 7),
    Go(1.5, (CALL, Returned(2, None), Data(3, b"\0\xff"))),
    Ask(0.0, CALL),
    Answer(Raised(1, ["exception", ["ValueError"], [], [], ""], 12)),
    Inspect(),
]
TO_JUDGE = [
    Idle(None, ()),
    Idle(0.25, (CALL, Note("blocked", "text", 3, 0.0, 1.0))),
    Ask(2.0, CALL),
    Answer(Returned(1, 2**63)),
    Inspection((Waiting("fetch", 3, "asyncio.sleep"),)),
    Fault("exit", "SystemExit", ("a",), 4),
]


@pytest.fixture
def ends():
    """The judge's and the sandbox's end of one socket."""
    ours, theirs = socket.socketpair()
    judge, sandbox = judge_channel(ours), sandbox_channel(theirs)
    yield judge, sandbox
    judge.close()
    sandbox.close()


def receive(*chunks):
    """What the judge receives when exactly these bytes were sent and the connection was closed."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(10)
        sender = threading.Thread(target=_send, args=(theirs, b"".join(chunks)))
        sender.start()
        try:
            return judge_channel(ours).receive()
        finally:
            ours.close()
            sender.join()


def _send(sock, data):
    try:
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def framed(body):
    return struct.pack("!I", len(body)) + body


@pytest.mark.parametrize("frame", TO_SANDBOX, ids=lambda frame: type(frame).__name__)
def test_frames_of_the_judge_arrive(ends, frame):
    """Each frame to the sandbox arrives equal."""
    judge, sandbox = ends
    judge.send(frame)

    assert sandbox.receive() == frame


@pytest.mark.parametrize("frame", TO_JUDGE, ids=lambda frame: type(frame).__name__)
def test_frames_of_the_sandbox_arrive(ends, frame):
    """Each frame to the judge arrives equal."""
    judge, sandbox = ends
    sandbox.send(frame)

    assert judge.receive() == frame


def test_frames_that_arrive_together_are_taken_one_by_one(ends):
    """What comes in one read is kept apart by its lengths."""
    judge, sandbox = ends
    for frame in TO_JUDGE:
        sandbox.send(frame)

    assert [judge.receive() for _ in TO_JUDGE] == TO_JUDGE


def test_a_frame_larger_than_the_socket_s_buffer_arrives(ends):
    """A frame of several megabytes arrives in pieces and is put together."""
    judge, sandbox = ends
    frame = Idle(None, (Data(1, b"x" * 8 * 2**20),))
    sender = threading.Thread(target=sandbox.send, args=(frame,))
    sender.start()
    arrived = judge.receive()
    sender.join()

    assert arrived == frame


def test_the_judge_waits_before_each_read_that_would_block():
    """`wait` is called before the channel reads, and ends the wait by raising."""
    ours, theirs = socket.socketpair()

    def give_up():
        raise TimeoutError

    with ours, theirs, pytest.raises(TimeoutError):
        judge_channel(ours, give_up).receive()


def test_an_oversized_frame_is_refused_before_it_is_read():
    """The announced length alone is a protocol fault."""
    with pytest.raises(ProtocolFault, match="more than 16 MiB were sent at once"):
        receive(struct.pack("!I", MOST_BYTES + 1))


@pytest.mark.parametrize("cut", [0, 2, 4, 5])
def test_a_truncated_frame_is_a_closed_channel(cut):
    """Bytes that stop in the middle of a frame mean that the other side is gone."""
    with pytest.raises(ChannelClosed):
        receive(framed(encode(Idle(None, ())))[:cut])


def test_sending_to_a_side_that_is_gone_is_a_closed_channel(ends):
    """A send fails with ChannelClosed once the other side has closed."""
    judge, sandbox = ends
    sandbox.close()

    with pytest.raises(ChannelClosed):
        judge.send(Inspect())


def value_frame(packed):
    """An answer whose value is `packed`, already encoded."""
    return b"\x92" + encode("Answer") + b"\x93" + encode("Returned") + encode(1) + packed


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xc1",
        encode(["Idle"]),
        encode(["Idle", "soon", []]),
        encode(["Idle", None, [], "more"]),
        encode(["Go", 1.0, []]),
        encode(["Load", "probe", b"", 0]),
        encode(["Fault", "no such kind", "", [], 0]),
        encode(["Idle", None, [["Closed", 2**70 % 2**64, 1]]]),
        encode({"type": "Idle"}),
        value_frame(b"\x91" * 200_000 + b"\xc0"),
        value_frame(b"\x81\xa1a" * 200_000 + b"\xc0"),
        value_frame(b"\x81\x80\x01"),
        value_frame(b"\x81\x91\x80\x01"),
        value_frame(b"\xd7\xff" + b"\xff" * 8),
        value_frame(b"\xdd\xff\xff\xff\xff"),
        value_frame(b"\xdb\xff\xff\xff\xff"),
        value_frame(b"\xa2\xff\xfe"),
        value_frame(b"\xa3\xed\xa0\x80"),
    ],
    ids=lambda body: body[:24].hex() or "empty",
)
def test_what_is_no_frame_of_the_schema_is_a_protocol_fault(body):
    """Unknown frames, wrong types, deep nesting and keys that cannot be keys are refused alike."""
    with pytest.raises(ProtocolFault):
        receive(framed(body))


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_random_bytes_end_in_one_of_two_ways(data):
    """Whatever is sent is a frame, a protocol fault or a closed channel."""
    with pytest.raises((ProtocolFault, ChannelClosed)):
        receive(data)


fields = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=4)
    | st.binary(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=8,
)
kinds = st.sampled_from("Idle Ask Answer Inspection Fault Go Load Call Returned Note Data Listen".split())
almost = st.recursive(
    st.builds(lambda kind, rest: [kind, *rest], kinds, st.lists(fields, max_size=6)),
    lambda inner: st.builds(
        lambda kind, rest: [kind, *rest], kinds, st.lists(inner | fields | st.lists(inner), max_size=4)
    ),
    max_leaves=6,
)


@settings(max_examples=100, deadline=None)
@given(almost)
def test_what_resembles_a_frame_is_one_or_a_protocol_fault(tree):
    """Well-formed MessagePack of nearly the right shape is checked against the schema to its depth."""
    try:
        frame = receive(framed(encode(tree)))
    except ProtocolFault:
        return

    assert isinstance(frame, (Idle, Ask, Answer, Inspection, Fault))
