"""The values that may cross the boundary, and how they are packed.

`None`, `bool`, `float`, `str`, `bytes` and integers of 64 bits are themselves; anything else is a list that
begins with a tag. Types are exact: a subclass arrives as its plain base. Nothing is ever executed to unpack
a value, and every fault found is a `ProtocolFault`.
"""

from __future__ import annotations

import collections
import dataclasses
import datetime
import enum
import keyword
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from grader.boundary import errors, exceptions
from grader.boundary.errors import CannotCross, ProtocolFault

#: How deep containers may be nested.
MOST_DEPTH = 100
#: Decimal digits of the largest integer, about; packed in hexadecimal.
MOST_HEX_DIGITS = 100_000
#: Classes that are made to stand for those of the submission, and fields of one of them.
MOST_SHAPES = 1_000
MOST_FIELDS = 200
#: Bases that an exception may be said to have.
MOST_LINEAGE = 20
#: Keys of one container that may share a hash: where all do, looking one up takes as long as looking at all.
MOST_COLLISIONS = 100
_SMALL = range(-(2**63), 2**63)

#: Turns an object that is no plain value into the description of a handle, or raises `CannotCross`.
Export = Callable[[object], list[Any]]
#: Turns the description of a handle into an object, or raises `ProtocolFault`.
Import = Callable[[list[Any]], object]


class Shapes:
    """Where records and enum members come to life: by name, with the field names that they came with.

    The judge makes a dataclass or named tuple of its own for each name and set of fields. The sandbox looks
    the name up in the submission first, so that a value made in a test arrives as the student's own type.
    """

    def __init__(self, known: Callable[[str], object] | None = None) -> None:
        self._known = known or (lambda name: None)
        self._made: dict[tuple[str, str, tuple[str, ...]], Any] = {}
        self.exceptions = exceptions.ExceptionTypes(self._known)

    def record(self, kind: str, name: str, fields: tuple[str, ...]) -> Any:
        """The class called `name`, to be called with the fields' values by keyword."""
        known = self._known(name)
        if isinstance(known, type) and _record_kind(known) == kind:
            return known
        key = (kind, name, fields)
        if key not in self._made:
            if len(self._made) >= MOST_SHAPES or len(fields) > MOST_FIELDS:
                raise ProtocolFault("too many kinds of records were sent, or one with too many fields")
            self._made[key] = _make_record(kind, name, fields)
        return self._made[key]

    def member(self, name: str, member: str, value: object) -> object:
        """The member of the enum called `name`."""
        known = self._known(name)
        if isinstance(known, type) and issubclass(known, enum.Enum):
            if member in known.__members__:
                return known[member]
            if issubclass(known, enum.Flag):
                return known(value)
        return self.record("dataclass", name, ("name", "value"))(name=member, value=value)


def _record_kind(cls: type) -> str | None:
    if dataclasses.is_dataclass(cls):
        return "dataclass"
    return "namedtuple" if issubclass(cls, tuple) and hasattr(cls, "_fields") else None


def _make_record(kind: str, name: str, fields: tuple[str, ...]) -> type:
    if not all(word.isidentifier() and not keyword.iskeyword(word) for word in (name, *fields)):
        raise ProtocolFault("a record with impossible field names was sent")
    if kind == "namedtuple":
        return collections.namedtuple(name, fields)
    return dataclasses.make_dataclass(name, [(field, Any) for field in fields], frozen=True)


class Packer:
    """Packs and unpacks the values of one side."""

    def __init__(self, export: Export, import_: Import, shapes: Shapes) -> None:
        self._export = export
        self._import = import_
        self.shapes = shapes

    # -- packing ----------------------------------------------------------------------------------

    def pack(self, value: object, depth: int = 0) -> Any:
        """The packed form of `value`.

        Raises:
            CannotCross: the value, or one inside it, may not cross.
        """
        if value is None or value is True or value is False:
            return value
        if depth > MOST_DEPTH:
            raise CannotCross("a value nested more than 100 levels deep cannot be passed on")
        if isinstance(value, enum.Enum):
            # A combination of flags has no name, or one like "READ|WRITE".
            return ["enum", type(value).__name__, value.name or "", self.pack(value.value, depth + 1)]
        if isinstance(value, int):
            number = int.__index__(value)
            return number if number in _SMALL else ["int", _hexadecimal(number)]
        if isinstance(value, float):
            return float.__float__(value)
        if isinstance(value, str):
            return _text(str.__str__(value))
        if isinstance(value, (bytes, bytearray, memoryview)):
            return bytes(memoryview(value))
        return self._pack_container(value, depth + 1)

    def _pack_container(self, value: object, depth: int) -> Any:
        if isinstance(value, tuple) and hasattr(type(value), "_fields"):
            return self._pack_record("namedtuple", value, getattr(type(value), "_fields"), depth)  # noqa: B009
        if isinstance(value, list):
            return ["list", *[self.pack(item, depth) for item in list.__iter__(value)]]
        if isinstance(value, tuple):
            return ["tuple", *[self.pack(item, depth) for item in tuple.__iter__(value)]]
        if isinstance(value, dict):
            packed: list[Any] = ["dict"]
            for key, item in dict.items(value):
                packed += [self.pack(key, depth), self.pack(item, depth)]
            return packed
        if isinstance(value, (set, frozenset)):
            kind: Any = set if isinstance(value, set) else frozenset
            return [kind.__name__, *sorted((self.pack(item, depth) for item in kind.__iter__(value)), key=repr)]
        for moment in _MOMENTS:
            if isinstance(value, moment):
                return [moment.__name__, moment.isoformat(value)]
        if isinstance(value, datetime.timedelta):
            return ["timedelta", value.days, value.seconds, value.microseconds]
        if isinstance(value, BaseException):
            return self._pack_exception(value, depth)
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            names = tuple(field.name for field in dataclasses.fields(value))
            return self._pack_record("dataclass", value, names, depth)
        return self._export(value)

    def _pack_record(self, kind: str, value: object, fields: Iterable[str], depth: int) -> list[Any]:
        packed: list[Any] = [kind, type(value).__name__]
        for field in fields:
            packed += [field, self.pack(getattr(value, field), depth)]
        return packed

    def _pack_exception(self, exc: BaseException, depth: int) -> list[Any]:
        if isinstance(exc, BaseExceptionGroup):
            inner = [self.pack(each, depth) for each in exc.exceptions]
            return ["group", type(exc).__name__, _text(exc.message), *inner]
        args: list[Any] = []
        for arg in exc.args:
            try:
                args.append(self.pack(arg, depth) if exceptions.is_plain(arg) else _text(repr(arg))[:1000])
            except Exception:
                args.append(f"<{type(arg).__name__}>")
        attributes: list[Any] = []
        for name, attribute in exceptions.attributes(exc):
            attributes += [name, self.pack(attribute, depth)]
        return ["exception", exceptions.lineage(exc), args, attributes, _text(exceptions.describe(exc))]

    # -- unpacking -------------------------------------------------------------------------------

    def unpack(self, packed: object, depth: int = 0) -> Any:
        """The value that was packed.

        Raises:
            ProtocolFault: this is not a packed value.
        """
        if packed is None or isinstance(packed, (bool, int, float, str, bytes)):
            if isinstance(packed, str):
                _check_text(packed)
            return packed
        if not isinstance(packed, list) or not packed or not isinstance(packed[0], str) or depth > MOST_DEPTH:
            raise ProtocolFault("a value of a kind that may not cross was sent")
        try:
            return self._unpack_tagged(packed[0], packed[1:], depth + 1)
        except (ProtocolFault, errors.CannotCross):
            raise
        except Exception as exc:
            raise ProtocolFault(f"a value that is not well formed was sent ({packed[0][:20]!r})") from exc

    def _unpack_tagged(self, tag: str, rest: list[Any], depth: int) -> Any:
        if tag in _SEQUENCES:
            items = [self.unpack(item, depth) for item in rest]
            if tag in ("set", "frozenset"):
                _check_keys(items)
            return items if tag == "list" else _SEQUENCES[tag](items)
        if tag == "dict":
            keys = [self.unpack(key, depth) for key in rest[::2]]
            _check_keys(keys)
            unpacked = dict(zip(keys, [self.unpack(item, depth) for item in rest[1::2]], strict=True))
            return unpacked if len(unpacked) == len(keys) else _malformed()
        if tag == "int":
            if not isinstance(rest[0], str) or len(rest[0]) > MOST_HEX_DIGITS:
                _malformed()
            return int(rest[0], 16)
        if tag in ("dataclass", "namedtuple"):
            return self._unpack_record(tag, rest, depth)
        if tag == "enum":
            name, member, value = rest
            if not isinstance(member, str) or (member and not all(map(_identifier, member.split("|")))):
                _malformed()
            return self.shapes.member(_identifier(name), member, self.unpack(value, depth))
        if tag in ("exception", "group"):
            return self._unpack_exception(tag, rest, depth)
        if tag == "timedelta":
            return datetime.timedelta(*rest)
        if tag in _MOMENTS_BY_NAME:
            return _MOMENTS_BY_NAME[tag].fromisoformat(rest[0])
        return self._import([tag, *rest])

    def _unpack_record(self, tag: str, rest: list[Any], depth: int) -> Any:
        name, *pairs = rest
        names = tuple(_identifier(field) for field in pairs[::2])
        values = [self.unpack(item, depth) for item in pairs[1::2]]
        return self.shapes.record(tag, _identifier(name), names)(**dict(zip(names, values, strict=True)))

    def _unpack_exception(self, tag: str, rest: list[Any], depth: int) -> BaseException:
        if tag == "group":
            _, message, *inner = rest
            members = [self.unpack(each, depth) for each in inner]
            if not members or not all(isinstance(each, BaseException) for each in members):
                _malformed()
            return BaseExceptionGroup(str(message)[:1000], members)
        lineage, args, attributes, text = rest
        if not isinstance(lineage, list) or not all(isinstance(name, str) for name in lineage):
            _malformed()
        if not isinstance(args, list) or not isinstance(attributes, list) or len(lineage) > MOST_LINEAGE:
            _malformed()
        pairs = list(zip(attributes[::2], attributes[1::2], strict=True))
        if not all(name in exceptions.ATTRIBUTES for name, _ in pairs):
            _malformed()
        return self.shapes.exceptions.make(
            lineage,
            tuple(self.unpack(arg, depth) for arg in args),
            {name: self.unpack(attribute, depth) for name, attribute in pairs},
            str(text)[:1000],
        )


# A datetime is a date, so it comes first.
_MOMENTS: tuple[Any, ...] = (datetime.datetime, datetime.date, datetime.time)
_MOMENTS_BY_NAME: dict[str, Any] = {kind.__name__: kind for kind in _MOMENTS}
_SEQUENCES: dict[str, Any] = {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset}


def _malformed() -> NoReturn:
    raise ProtocolFault("a value that is not well formed was sent")


def _identifier(name: object) -> str:
    if not isinstance(name, str) or not name.isidentifier() or name.startswith("__") or len(name) > 100:
        _malformed()
    return name


def _hexadecimal(number: int) -> str:
    if number.bit_length() > 4 * MOST_HEX_DIGITS:
        raise CannotCross(f"an integer of {number.bit_length():,} bits is too large to be passed on")
    return f"{number:x}"


def _text(text: str) -> str:
    """`text` with what UTF-8 cannot hold replaced, so that no lone surrogate reaches a report."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _check_keys(keys: list[Any]) -> None:
    if len(keys) > MOST_COLLISIONS and max(collections.Counter(map(hash, keys)).values()) > MOST_COLLISIONS:
        raise ProtocolFault("a set or dictionary was sent whose keys all have the same hash")


def _check_text(text: str) -> None:
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            _malformed()
