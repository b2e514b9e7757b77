"""Objects that stay where they are: what the other side is told of them, and what it sees in their place."""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from typing import TYPE_CHECKING, Any

import msgspec

from grader.boundary.errors import CannotCross, ProtocolFault

if TYPE_CHECKING:
    from grader.boundary.peer import Peer

#: Kinds of things that a name can stand for; `plain` is any value that is not called.
FUNCTION, COROUTINE, BLOCKING, CLASS, PLAIN = "function", "coroutine function", "blocking", "class", "plain"

#: What is awaited of an async generator, though Python does not call it a coroutine function.
_AWAITED = (types.AsyncGeneratorType.aclose, types.AsyncGeneratorType.asend, types.AsyncGeneratorType.athrow)

_TRAITS = {
    "awaitable": "__await__",
    "async iterator": "__anext__",
    "async iterable": "__aiter__",
    "async context manager": "__aenter__",
    "context manager": "__enter__",
    "iterator": "__next__",
    "iterable": "__iter__",
    "length": "__len__",
}


class Blocking(msgspec.Struct, frozen=True):
    """A coroutine function that the other side sees as a plain function which blocks its thread."""

    function: Callable[..., Awaitable[object]]


def kind_of(value: object) -> str:
    """What calling `value` does."""
    if isinstance(value, Blocking):
        return BLOCKING
    if inspect.isclass(value):
        return CLASS
    plain = value
    while isinstance(plain, functools.partial):
        plain = plain.func
    if inspect.iscoroutinefunction(plain) or inspect.iscoroutinefunction(getattr(plain, "__call__", None)):  # noqa: B004
        return COROUTINE
    if plain in _AWAITED:
        return COROUTINE
    return FUNCTION if callable(value) else PLAIN


def description(number: int, value: object) -> list[Any]:
    """What the other side is told of an exported object: its kind, traits and public methods."""
    cls = type(value)
    kind = kind_of(value)
    named = value.function if isinstance(value, Blocking) else value
    name = getattr(named, "__name__", None) or type(named).__name__
    if kind in (FUNCTION, COROUTINE, BLOCKING) and not _has_own_methods(cls):
        return ["handle", number, str(name)[:100], kind, [], []]
    traits = [trait for trait, method in _TRAITS.items() if hasattr(cls, method)]
    members: list[str] = []
    for attribute in dir(cls):
        if not attribute.startswith("_"):
            found = inspect.getattr_static(cls, attribute, None)
            function = getattr(found, "__func__", found)
            members += [attribute, kind_of(function)]
    return ["handle", number, str(name)[:100], kind, traits, members]


def _has_own_methods(cls: type) -> bool:
    return cls.__module__ not in ("builtins", "functools", "types", __name__)


class Handle:
    """Stands for an object of the other side. Methods and attributes are those of the original."""

    _methods: dict[str, str]

    def __init__(self, peer: Peer, number: int, name: str) -> None:
        self._peer = peer
        self._number = number
        self._name = name

    def __repr__(self) -> str:
        return f"<{self._name}>"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(f"{self._name!r} object has no attribute {name!r}")
        kind = self._methods.get(name, PLAIN)
        if kind == PLAIN:
            return self._peer.ask(self._number, "get", name)
        return stand_in(self._peer, self._number, "method", name, kind)

    def __setattr__(self, name: str, value: object) -> None:
        if name.startswith("_"):
            object.__setattr__(self, name, value)
        else:
            self._peer.ask(self._number, "set", name, value)

    async def _later(self, operation: Any, *args: object) -> Any:
        return await self._peer.call(self._number, operation, self._name, args)

    def _now(self, operation: Any, *args: object) -> Any:
        return self._peer.ask(self._number, operation, self._name, *args)


class _Awaitable(Handle):
    def __await__(self) -> Generator[Any, Any, Any]:
        return self._later("await").__await__()


class _AsyncIterator(Handle):
    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        return await self._later("anext")


class _AsyncIterable(Handle):
    def __aiter__(self) -> AsyncIterator[Any]:
        iterator: AsyncIterator[Any] = self._peer.ask(self._number, "method", "__aiter__")
        return iterator


class _AsyncContextManager(Handle):
    async def __aenter__(self) -> Any:
        return await self._later("aenter")

    async def __aexit__(self, kind: object, exc: BaseException | None, traceback: object) -> Any:
        return await self._later("aexit", exc)


class _ContextManager(Handle):
    def __enter__(self) -> Any:
        return self._now("enter")

    def __exit__(self, kind: object, exc: BaseException | None, traceback: object) -> Any:
        return self._now("exit", exc)


class _Iterator(Handle):
    def __iter__(self) -> Any:
        return self

    def __next__(self) -> Any:
        return self._now("next")


class _Iterable(Handle):
    def __iter__(self) -> Any:
        return self._peer.ask(self._number, "method", "__iter__")


class _Sized(Handle):
    def __len__(self) -> int:
        return int(self._peer.ask(self._number, "method", "__len__"))


class _Callable(Handle):
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._peer.ask(self._number, "call", self._name, *args, **kwargs)


_MIXINS: dict[str, type[Handle]] = {
    "awaitable": _Awaitable,
    "async iterator": _AsyncIterator,
    "async iterable": _AsyncIterable,
    "async context manager": _AsyncContextManager,
    "context manager": _ContextManager,
    "iterator": _Iterator,
    "iterable": _Iterable,
    "length": _Sized,
}


def stand_in(peer: Peer, number: int, operation: Any, name: str, kind: str) -> Callable[..., Any]:
    """A function that calls the other side's, of the same kind as the original."""
    function: Callable[..., Any]
    if kind == COROUTINE:

        async def coroutine_function(*args: Any, **kwargs: Any) -> Any:
            return await peer.call(number, operation, name, args, kwargs)

        function = coroutine_function
    elif kind == BLOCKING:

        def blocking(*args: Any, **kwargs: Any) -> Any:
            return peer.call_blocking(number, operation, name, args, kwargs)

        function = blocking
    else:

        def plain(*args: Any, **kwargs: Any) -> Any:
            return peer.ask(number, operation, name, *args, **kwargs)

        function = plain
    function.__name__ = function.__qualname__ = name
    vars(function)["__remote__"] = (number, operation, name)
    return function


class Imports:
    """What one side holds of the other side's objects."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._handles: dict[int, object] = {}
        self._classes: dict[frozenset[str], type[Handle]] = {}

    def get(self, rest: list[Any]) -> object:
        """The handle or function for a description."""
        number, name, kind, traits, members = rest
        if not (type(number) is int and type(name) is str and type(kind) is str):
            raise ProtocolFault("a handle that is not well formed was sent")
        if not all(type(word) is str for word in [*traits, *members]) or len(members) % 2:
            raise ProtocolFault("a handle that is not well formed was sent")
        if number not in self._handles:
            methods = dict(zip(members[::2], members[1::2], strict=True))
            self._handles[number] = self._make(number, name, kind, frozenset(traits), methods)
        return self._handles[number]

    def _make(self, number: int, name: str, kind: str, traits: frozenset[str], methods: dict[str, str]) -> object:
        if kind in (COROUTINE, BLOCKING, FUNCTION) and not traits and not methods:
            function = stand_in(self._peer, number, "call", name, kind)
            vars(function)["__handle__"] = number
            return function
        if kind != PLAIN:
            traits |= {"callable"}
        if traits not in self._classes:
            mixins = [mixin for trait, mixin in _MIXINS.items() if trait in traits]
            if "async iterator" in traits:
                mixins.remove(_AsyncIterable) if _AsyncIterable in mixins else None
            if "iterator" in traits:
                mixins.remove(_Iterable) if _Iterable in mixins else None
            if "callable" in traits:
                mixins.append(_Callable)
            self._classes[traits] = type("Handle", tuple(mixins) or (Handle,), {})
        handle = self._classes[traits](self._peer, number, name)
        object.__setattr__(handle, "_methods", methods)
        return handle

    def number_of(self, value: object) -> int | None:
        """The number of the object that `value` stands for, if it stands for one of the other side's."""
        number = value._number if isinstance(value, Handle) else getattr(value, "__handle__", None)
        return number if type(number) is int and self._handles.get(number) is value else None


def refuse(value: object) -> CannotCross:
    """The error for a value that may not cross."""
    return CannotCross(f"a value of type {type(value).__name__} cannot be passed on")


async def drive(awaitable: Awaitable[object]) -> object:
    """Await anything that can be awaited, as a coroutine."""
    return await awaitable
