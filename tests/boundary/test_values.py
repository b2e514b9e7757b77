"""Plain values cross the boundary exactly; nothing else crosses, and nothing that arrives is believed."""

import collections
import dataclasses
import datetime
import enum
import errno
import math
import string
import types

import aiohttp
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from grader.boundary.errors import CannotCross, ProtocolFault
from grader.boundary.handles import refuse
from grader.boundary.peer import Peer
from grader.boundary.values import MOST_DEPTH, Packer, Shapes

UTC = datetime.UTC
INDIA = datetime.timezone(datetime.timedelta(hours=5, minutes=30))


class Colour(enum.Enum):
    RED = "red"


class Rights(enum.Flag):
    READ = 1
    WRITE = 2


@dataclasses.dataclass
class Policy:
    attempts: int
    delays: list[float]


Point = collections.namedtuple("Point", "x y")


def same(left, right):
    """Whether two values are equal with equal types, at every depth."""
    if type(left) is not type(right):
        return False
    if isinstance(left, (list, tuple)):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict):
        return same(set(left), set(right)) and all(same(left[key], right[key]) for key in left)
    if isinstance(left, (set, frozenset)):
        return len(left) == len(right) and all(any(same(item, other) for other in right) for item in left)
    return left == right or (left != left and right != right)


def refuse_export(value):
    raise refuse(value)


def refuse_import(packed):
    raise ProtocolFault("a handle was sent")


def packer(known=None):
    return Packer(refuse_export, refuse_import, Shapes(known))


def cross(value, known=None):
    """`value`, packed, encoded, decoded and unpacked."""
    wire = msgspec.msgpack.encode(packer().pack(value))
    return packer(known).unpack(msgspec.msgpack.decode(wire))


def own(name):
    """What a submission that defines these types looks up."""
    return {"Colour": Colour, "Rights": Rights, "Policy": Policy, "Point": Point}.get(name)


PLAIN = {
    "nothing": None,
    "true": True,
    "one": 1,
    "a float that is one": 1.0,
    "minus zero": -0.0,
    "not a number": math.nan,
    "infinity": -math.inf,
    "smallest of 64 bits": -(2**63),
    "more than 64 bits": 2**64,
    "a huge integer": -(7**20_000),
    "text": "Grüße 🎈\0",
    "bytes": b"\0\xff",
    "nested": [1, (2, [3, {"four": {5, 6}}]), frozenset({7}), {}],
    "empty containers": [[], (), set(), frozenset(), {}, "", b""],
    "keys of several types": {1: "a", "1": "b", (1,): "c", None: "d", frozenset({1}): "e"},
    "a naive moment": datetime.datetime(2024, 2, 29, 12, 30, 1, 5),
    "a moment in UTC": datetime.datetime(2024, 2, 29, tzinfo=UTC),
    "a moment elsewhere": datetime.datetime(2024, 2, 29, 23, 59, tzinfo=INDIA),
    "a date": datetime.date(1, 1, 1),
    "a time": datetime.time(23, 59, 59, 999_999),
    "a time elsewhere": datetime.time(1, tzinfo=INDIA),
    "a duration": datetime.timedelta(days=-1, microseconds=1),
}


@pytest.mark.parametrize("case", list(PLAIN))
def test_plain_values_arrive_with_their_exact_type(case):
    """Each kind of plain value arrives equal, and of the same type at every depth."""
    assert same(cross(PLAIN[case]), PLAIN[case])


@pytest.mark.parametrize("value", [Colour.RED, Policy(3, [0.5, 1.0]), Point(1, (2, 3)), Rights.READ])
def test_records_arrive_as_the_type_that_the_other_side_defines(value):
    """Enums, dataclasses and named tuples come to life in the types of the same name."""
    arrived = cross(value, own)

    assert type(arrived) is type(value)
    assert arrived == value


def test_records_of_unknown_types_arrive_as_records_of_that_name():
    """The judge needs no declaration: name and fields are those of the submission's type."""
    policy, point, colour = cross([Policy(3, [0.5]), Point(1, 2), Colour.RED])

    assert (type(policy).__name__, policy.attempts, policy.delays) == ("Policy", 3, [0.5])
    assert (type(point).__name__, point.x, point.y, tuple(point)) == ("Point", 1, 2, (1, 2))
    assert (type(colour).__name__, colour.name, colour.value) == ("Colour", "RED", "red")


@pytest.mark.parametrize("rights", [Rights(0), Rights.READ | Rights.WRITE])
def test_combined_flags_arrive(rights):
    """A combination of flags is a value like any other, although it has no name of its own."""
    assert cross(rights, own) is rights
    assert cross(rights).value == rights.value


def test_equal_records_are_equal_on_arrival():
    """Two records of one type and equal fields are equal and can be compared in a test."""
    first, second, third = cross([Policy(1, []), Policy(1, []), Policy(2, [])])

    assert first == second != third


# -- exceptions ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "exc",
    [ValueError("no", 3), KeyError("missing"), TimeoutError(), IndexError([1, (2,)]), StopAsyncIteration(1)],
)
def test_known_exceptions_arrive_with_type_and_arguments(exc):
    """An exception that both sides know is of the same type, with equal arguments and text."""
    arrived = cross(exc)

    assert type(arrived) is type(exc)
    assert arrived.args == exc.args
    assert str(arrived) == str(exc)


def test_the_number_of_an_operating_system_error_arrives():
    """`errno` and `strerror` of an OSError are those of the original."""
    arrived = cross(OSError(errno.ECONNREFUSED, "refused"))

    assert type(arrived) is ConnectionRefusedError
    assert (arrived.errno, arrived.strerror) == (errno.ECONNREFUSED, "refused")


def test_a_response_error_of_aiohttp_arrives_with_status_and_text():
    """ClientResponseError keeps its status, its message and what it says of itself."""
    url = URL("https://shop.test/items?n=1")
    info = aiohttp.RequestInfo(url, "GET", CIMultiDictProxy(CIMultiDict()), url)
    exc = aiohttp.ClientResponseError(info, (), status=503, message="busy")
    arrived = cross(exc)

    assert isinstance(arrived, aiohttp.ClientResponseError)
    assert (arrived.status, arrived.message) == (503, "busy")
    assert str(arrived) == str(exc)


def test_a_decoding_error_keeps_its_text():
    """An exception that describes itself by fields which do not cross says what the original said."""
    try:
        b"\xff".decode()
    except UnicodeDecodeError as exc:
        arrived = cross(exc)

    assert isinstance(arrived, UnicodeDecodeError)
    assert "can't decode byte 0xff" in str(arrived)


def test_exception_groups_arrive_with_their_members():
    """A nested group arrives as a group with the same members."""
    arrived = cross(ExceptionGroup("all", [ValueError(1), BaseExceptionGroup("in", [TypeError(2)])]))

    assert type(arrived) is ExceptionGroup
    assert arrived.message == "all"
    assert [type(each) for each in arrived.exceptions] == [ValueError, ExceptionGroup]
    assert arrived.exceptions[1].exceptions[0].args == (2,)


def test_exceptions_of_the_submission_keep_their_name_and_bases():
    """An own exception arrives as a type of its name, and as what it is derived from."""

    class FrameTooLarge(ConnectionError):
        pass

    arrived = cross(FrameTooLarge("12 bytes"))

    assert type(arrived).__name__ == "FrameTooLarge"
    assert isinstance(arrived, ConnectionError)
    assert arrived.args == ("12 bytes",)


def test_arguments_that_are_no_plain_values_arrive_as_text():
    """What an exception carries besides plain values is described, never exported."""
    arrived = cross(ValueError(object, {"a": 1}))

    assert arrived.args == ("<class 'object'>", "{'a': 1}")


@pytest.mark.parametrize("method", ["__str__", "__repr__", "__getattr__", "__bool__", "__eq__"])
def test_exceptions_that_misbehave_arrive(method):
    """An exception whose methods raise is passed on all the same."""

    def raises(*args):
        raise ZeroDivisionError

    arrived = cross(type("Nasty", (ValueError,), {method: raises})("text"))

    assert isinstance(arrived, ValueError)
    assert type(arrived).__name__ == "Nasty"
    assert str(arrived)


# -- subclasses and lies ---------------------------------------------------------------------------------


def liar(base):
    """A subclass of `base` that is equal to everything, empty, and of another content when iterated."""
    lies = {
        "__eq__": lambda self, other: True,
        "__hash__": base.__hash__,
        "__len__": lambda self: 0,
        "__iter__": lambda self: iter(["lie"]),
        "__bool__": lambda self: True,
        "__repr__": lambda self: "lie",
        "__bytes__": lambda self: b"lie",
        "__str__": lambda self: "lie",
        "__int__": lambda self: 13,
        "__index__": lambda self: 13,
        "__float__": lambda self: 13.0,
        "items": lambda self: [("lie", "lie")],
        "isoformat": lambda self: "1999-01-01",
    }
    return type("Liar", (base,), lies)


@pytest.mark.parametrize(
    "honest",
    [
        7,
        7.5,
        "text",
        b"bytes",
        [1, 2],
        (1, 2),
        {1: 2},
        {1, 2},
        frozenset({1}),
        datetime.date(2024, 2, 29),
        datetime.time(12),
        datetime.datetime(2024, 2, 29),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_subclass_that_lies_arrives_as_its_plain_base(honest):
    """Overridden methods of a subclass are not asked: what arrives is the plain value beneath."""
    if isinstance(honest, datetime.datetime):
        lying = liar(datetime.datetime)(2024, 2, 29)
    elif isinstance(honest, datetime.date):
        lying = liar(datetime.date)(2024, 2, 29)
    elif isinstance(honest, datetime.time):
        lying = liar(datetime.time)(12)
    else:
        lying = liar(type(honest))(honest)

    assert same(cross(lying), honest)
    assert same(cross([lying]), [honest])


def test_subclasses_of_containers_arrive_as_their_bases():
    """defaultdict, OrderedDict, bytearray and Counter are plain on arrival."""
    arrived = cross([collections.defaultdict(list, a=[1]), collections.Counter("aab"), bytearray(b"x")])

    assert same(arrived, [{"a": [1]}, {"a": 2, "b": 1}, b"x"])


def test_lone_surrogates_are_inert():
    """Text that no report could encode is replaced when sent, and refused when received."""
    assert cross("a\ud800b") == "a?b"
    assert cross(ValueError("\udcff")).args == ("?",)
    with pytest.raises(ProtocolFault):
        packer().unpack("\ud800")


# -- what may not cross --------------------------------------------------------------------------------------


def circle():
    made = []
    made.append(made)
    return made


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (object(), "a value of type object cannot be passed on"),
        ([{"a": types}], "a value of type module cannot be passed on"),
        (3j, "a value of type complex cannot be passed on"),
        (Policy(1, [len]), "a value of type builtin_function_or_method cannot be passed on"),
        (circle(), f"a value nested more than {MOST_DEPTH} levels deep cannot be passed on"),
        (1 << 500_000, "an integer of 500,001 bits is too large to be passed on"),
    ],
    ids=["object", "module", "complex", "function", "circle", "integer"],
)
def test_what_may_not_cross_is_named(value, sentence):
    """Sending anything else raises CannotCross, with a sentence that names it."""
    with pytest.raises(CannotCross) as caught:
        packer().pack(value)

    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    "packed",
    [
        {},
        [],
        [1],
        ["no such tag", 1],
        ["int", "1" * 200_000],
        ["int", 5],
        ["dict", 1],
        ["dict", ["list"], 1],
        ["set", ["list"]],
        ["date", "yesterday"],
        ["timedelta", 10**12, 0, 0],
        ["timedelta", math.nan],
        ["dataclass", "class", "a", 1],
        ["dataclass", "A", "__class__", 1],
        ["dataclass", "A", "a", 1, "a", 2],
        ["namedtuple", "A", "_a", 1],
        ["enum", "A", "b c", 1],
        ["group", "ExceptionGroup", "empty"],
        ["group", "ExceptionGroup", "no exception", 1],
        ["exception", ["ExceptionGroup"], [], [], ""],
        ["exception", ["ValueError"], [], ["with_traceback", 1], ""],
        ["exception", ["ValueError"], [], ["args", 1], ""],
        ["exception", [1], [], [], ""],
    ],
    ids=repr,
)
def test_what_is_not_a_packed_value_is_a_protocol_fault(packed):
    """Malformed values are refused with a sentence, whatever is wrong with them."""
    with pytest.raises(ProtocolFault) as caught:
        packer().unpack(packed)

    assert " was sent" in str(caught.value)


# -- by hypothesis ---------------------------------------------------------------------------------------------

hashable = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec="utf-8"))
    | st.binary()
    | st.datetimes(timezones=st.sampled_from([None, UTC, INDIA]))
    | st.dates()
    | st.times()
    | st.timedeltas(),
    lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=3),
    max_leaves=5,
)
values = st.recursive(
    hashable | st.floats() | st.integers(-(2**300), 2**300),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(hashable, inner, max_size=4)
        | st.sets(hashable, max_size=4)
    ),
    max_leaves=15,
)


@settings(max_examples=100, deadline=None)
@given(values)
def test_any_plain_value_survives_the_journey(value):
    """Whatever is built of plain values arrives the same."""
    assert same(cross(value), value)


TAGS = (
    "int list tuple dict set frozenset datetime date time timedelta enum dataclass namedtuple exception group "
    "handle yours function async plain name ValueError OSError KeyError SystemExit a b"
).split()
trees = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.sampled_from(TAGS)
    | st.text(string.printable, max_size=5)
    | st.binary(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=6)
        | st.builds(lambda tag, rest: [tag, *rest], st.sampled_from(TAGS), st.lists(inner, max_size=6))
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=25,
)


class NoLink:
    """A link that nothing may use: unpacking reaches for nobody."""


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(trees)
def test_nothing_but_a_protocol_fault_comes_of_malformed_values(tree):
    """Unpacking any tree of MessagePack gives a value that can be shown, or ProtocolFault."""
    try:
        value = Peer(NoLink()).packer.unpack(tree)
    except ProtocolFault:
        return

    assert isinstance(str(value), str)
