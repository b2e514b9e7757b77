"""Exceptions cross by name: the types that both sides know, and stand-ins for those of the submission."""

from __future__ import annotations

import asyncio
import builtins
import concurrent.futures
import re
import socket
from collections.abc import Callable, Iterator, Mapping

import aiohttp

#: Attributes of aiohttp's and the operating system's exceptions that tests look at; no others cross.
ATTRIBUTES = ("status", "message", "errno", "strerror", "filename", "partial", "expected")
#: Classes that are made to stand for those of the submission.
MOST_TYPES = 1_000
_PLAIN = (type(None), bool, int, float, str, bytes)


def _known_types() -> dict[str, type[BaseException]]:
    types: dict[str, type[BaseException]] = {}
    for module in (builtins, asyncio, concurrent.futures, socket, aiohttp):
        for name, value in vars(module).items():
            if isinstance(value, type) and issubclass(value, BaseException):
                types.setdefault(qualified(value), value)
                types.setdefault(f"{module.__name__}.{name}", value)
    return types


def qualified(cls: type) -> str:
    """``module.Name``, without the module for builtins."""
    return cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"


KNOWN: Mapping[str, type[BaseException]] = _known_types()


def lineage(exc: BaseException) -> list[str]:
    """The names of the exception's type and of its bases, nearest first, to the first that both sides know."""
    names: list[str] = []
    for cls in type(exc).__mro__:
        names.append(qualified(cls)[:200])
        if qualified(cls) in KNOWN:
            break
    return names[:20]


def is_plain(value: object) -> bool:
    """Whether an argument of an exception is worth passing on as it is."""
    return type(value) in _PLAIN or (type(value) in (list, tuple) and all(map(is_plain, value)))  # type: ignore[call-overload]


def attributes(exc: BaseException) -> Iterator[tuple[str, object]]:
    """The plain attributes of the exception that tests look at."""
    for name in ATTRIBUTES:
        if name == "code" and isinstance(exc, aiohttp.ClientResponseError):
            continue  # aiohttp's deprecated name of `status`, which warns
        try:
            value = getattr(exc, name)
        except Exception:
            continue
        if type(value) in _PLAIN and value is not None:
            yield name, value


class ExceptionTypes:
    """The exception classes of one side: known ones, the submission's own, and stand-ins made by name."""

    def __init__(self, own: Callable[[str], object]) -> None:
        self._own = own
        self._roots: dict[str, type[Exception]] = {}
        self._made: dict[tuple[str, type[BaseException]], type[BaseException]] = {}
        self._described: dict[type[BaseException], type[BaseException]] = {}

    def root(self, name: str) -> type[Exception]:
        """The class that stands for the submission's exception called `name`, for ``pytest.raises``."""
        if name not in self._roots:
            self._roots[name] = type(name, (Exception,), {"__module__": "submission"})
        return self._roots[name]

    def make(
        self, names: list[str], args: tuple[object, ...], attributes: Mapping[str, object], text: str
    ) -> BaseException:
        """An exception of the first type in `names` that is known, or of one made to stand for it.

        `text` is what ``str()`` of the original said.
        """
        cls = self._class(names)
        exc = _instance(cls, args, attributes)
        if describe(exc) != text or not _has_repr(exc):
            # aiohttp's exceptions, SyntaxError and others describe themselves by more than their arguments.
            exc = _instance(self._described_by_text(cls), args, attributes)
            exc.__text__ = text  # type: ignore[attr-defined]
        return exc

    def _described_by_text(self, cls: type[BaseException]) -> type[BaseException]:
        if cls not in self._described:
            namespace = {
                "__module__": cls.__module__,
                "__text__": "",
                "__str__": lambda self: self.__text__,
                "__repr__": lambda self: f"{cls.__name__}({self.__text__!r})",
            }
            self._described[cls] = type(cls.__name__, (cls,), namespace)
        return self._described[cls]

    def _class(self, names: list[str]) -> type[BaseException]:
        known = next((KNOWN[name] for name in names if name in KNOWN), Exception)
        if not names or names[0] in KNOWN:
            return known
        short = _name(names[0])
        own = self._own(short)
        if isinstance(own, type) and issubclass(own, BaseException):
            return own
        key = (short, known)
        if key not in self._made:
            if len(self._made) >= MOST_TYPES:
                return known
            root = self.root(short)
            bases = (root,) if issubclass(root, known) else (root, known)
            self._made[key] = root if bases == (root,) else type(short, bases, {"__module__": "submission"})
        return self._made[key]


def _name(qualified: str) -> str:
    """The last word of a class's name; a class made by calling `type` can have any text for a name."""
    return re.sub(r"\W", "_", qualified.rpartition(".")[2][:100]) or "Exception"


def _instance(cls: type[BaseException], args: tuple[object, ...], attributes: Mapping[str, object]) -> BaseException:
    exc = cls.__new__(cls, *args) if issubclass(cls, OSError) else cls.__new__(cls)
    exc.args = args
    for name, value in attributes.items():
        try:
            setattr(exc, name, value)
        except AttributeError:
            continue
    return exc


def _has_repr(exc: BaseException) -> bool:
    try:
        return bool(repr(exc))
    except Exception:
        return False


def describe(exc: BaseException) -> str:
    """``str()`` of an exception whose author cannot be trusted to have got that right."""
    try:
        return str(exc)[:1000]
    except Exception:
        return f"<{type(exc).__name__} that cannot be printed>"
