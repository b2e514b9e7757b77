"""What one side may be asked to do with one of its objects, and how a call is cancelled at one of its awaits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from grader.boundary.errors import ProtocolFault
from grader.boundary.handles import Blocking, drive


class CancelAt:
    """A coroutine that has its task cancelled at the `number`-th point where it waits.

    The task is told before it sees what the coroutine waits for, so that exactly this wait is cancelled.
    """

    def __init__(self, coroutine: Any, number: int, reached: Callable[[int], None]) -> None:
        self._coroutine = coroutine
        self._reached = reached
        self._number = number
        self._seen = 0

    @property
    def cr_await(self) -> object:
        """What a look at the frames of a task goes on with."""
        return self._coroutine

    def send(self, value: object) -> object:
        return self._count(self._coroutine.send(value))

    def throw(self, *exc: Any) -> object:
        return self._count(self._coroutine.throw(*exc))

    def close(self) -> None:
        self._coroutine.close()

    def __await__(self) -> Any:
        return self

    def __iter__(self) -> Any:
        return self

    def __next__(self) -> object:
        return self.send(None)

    def _count(self, awaited: object) -> object:
        self._seen += 1
        if self._seen == self._number:
            task = asyncio.current_task()
            assert task is not None
            self._reached(getattr(self._coroutine.cr_frame, "f_lineno", 0))
            task.cancel()
        return awaited


def _public(name: str) -> str:
    if name.startswith("_") and name not in ("__aiter__", "__iter__", "__len__"):
        raise ProtocolFault("a private attribute was asked for")
    return name


def _context_exit(exc: object) -> tuple[object, object, object]:
    return (None, None, None) if exc is None else (type(exc), exc, getattr(exc, "__traceback__", None))


def _plain_callable(target: object) -> Callable[..., Any]:
    function = target.function if isinstance(target, Blocking) else target
    if not callable(function):
        raise TypeError(f"{type(target).__name__} object is not callable")
    return function


def _call_by_name(target: Any, name: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
    return getattr(target, _public(name))(*args, **kwargs)


#: By name: (object, name, arguments, keyword arguments) to a result, which is awaited where it can be.
OPERATIONS: Mapping[str, Callable[[Any, str, list[Any], dict[str, Any]], Any]] = {
    "call": lambda target, name, args, kwargs: _plain_callable(target)(*args, **kwargs),
    "method": _call_by_name,
    "get": lambda target, name, args, kwargs: getattr(target, _public(name)),
    "set": lambda target, name, args, kwargs: setattr(target, _public(name), *args),
    "await": lambda target, name, args, kwargs: _awaitable(target),
    "anext": lambda target, name, args, kwargs: drive(anext(target)),
    "next": lambda target, name, args, kwargs: next(target),
    "aenter": lambda target, name, args, kwargs: type(target).__aenter__(target),
    "aexit": lambda target, name, args, kwargs: type(target).__aexit__(target, *_context_exit(args[0])),
    "enter": lambda target, name, args, kwargs: type(target).__enter__(target),
    "exit": lambda target, name, args, kwargs: type(target).__exit__(target, *_context_exit(args[0])),
}


def _awaitable(target: Awaitable[object]) -> Awaitable[object]:
    return target
