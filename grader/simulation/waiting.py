"""Who waits for what: the lines under a deadlock, and the circle in it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from types import FrameType
from typing import TYPE_CHECKING, Any, NamedTuple

from grader.simulation.frames import THIS_KIT, Stand, is_library, stands_of
from grader.simulation.holding import Hold, holder_of

if TYPE_CHECKING:
    from grader.simulation.machine import Machine


class Waiter(NamedTuple):
    """A task that waits, or a thread: where its code stands, in which call of the library, and why.

    `name` tells it from the others. `waits_for` are the places, in the list of waiters, of those that would have
    to go on first.
    """

    name: str
    filename: str
    line: int
    call: str
    why: str = ""
    waits_for: tuple[int, ...] = ()

    def __str__(self) -> str:
        call = f" in {self.call}" if self.call else ""
        why = f" {self.why}" if self.why else ""
        return f"{self.name} ({os.path.basename(self.filename)}, line {self.line}) waits{call}{why}"


def waiters(loop: asyncio.AbstractEventLoop) -> list[Waiter]:
    """The tasks of `loop` that are not done, in the order in which they were made."""
    return _waiters([loop])


def everybody(machine: Machine) -> list[Waiter]:
    """The tasks and the threads of a machine that wait."""
    found = _waiters(machine.loops)
    frames = sys._current_frames()
    for ident, thread in machine.turns.blocked:
        if thread is not None and (place := _blocked_in(frames.get(ident))):
            found.append(place._replace(name=f"thread {thread.name}: {place.name}"))
    return found


def describe(machine: Machine) -> list[str]:
    """A line for each task, and each thread, that waits; where some wait for each other in a circle, the circle."""
    found = everybody(machine)
    path = circle(found)
    return [*map(str, found), *([f"circle: {path}"] if path else [])]


def _waiters(loops: Sequence[asyncio.AbstractEventLoop]) -> list[Waiter]:
    pending = [task for loop in loops for task in sorted(asyncio.all_tasks(loop), key=hash)]
    waiting = {task: stands for task in pending if (stands := stands_of(task))}
    tasks, owns = list(waiting), [_own(stands) for stands in waiting.values()]
    names = _told_apart([stands[own].name for stands, own in zip(waiting.values(), owns, strict=True)])
    found = []
    for number, (task, own) in enumerate(zip(tasks, owns, strict=True)):
        here, beyond = waiting[task][own], waiting[task][own + 1 :]
        why, waits_for = _reason(number, beyond, tasks, names)
        call = _call([stand.name for stand in beyond])
        found.append(Waiter(names[number], here.filename, here.line, call, why, waits_for))
    return found


def _own(stands: Sequence[Stand]) -> int:
    """The innermost one that is the reader's own."""
    return max((n for n, stand in enumerate(stands) if not is_library(stand.filename)), default=0)


def _told_apart(names: Sequence[str]) -> list[str]:
    """Each name, with a number where several are alike."""
    counts, seen = Counter(names), Counter[str]()
    told = []
    for name in names:
        seen[name] += 1
        told.append(f"{name} ({seen[name]})" if counts[name] > 1 else name)
    return told


def _call(names: list[str]) -> str:
    """Of the library's functions, outermost first, the one that the reader knows: `Lock.acquire` rather than
    the `__aenter__` around it or the `_wait` inside."""
    public = (name for name in names if not any(part.startswith("_") for part in name.split(".")))
    return next(public, names[0] if names else "")


def _reason(
    number: int, beyond: Sequence[Stand], tasks: Sequence[asyncio.Task[Any]], names: Sequence[str]
) -> tuple[str, tuple[int, ...]]:
    """Why a task waits, in words, and the numbers of the tasks that it waits for; nothing where that is unknown."""
    for stand in beyond:
        if stand.frame.f_code is asyncio.Lock.acquire.__code__:
            hold = holder_of(stand.frame.f_locals["self"])
            return _held(hold, number, tasks, names) if hold is not None else ("", ())
    awaited = set(map(id, _awaited(tasks[number], beyond)))
    numbers = tuple(n for n, other in enumerate(tasks) if id(other) in awaited)
    return (f"for {_listed([names[n] for n in numbers])}" if numbers else ""), numbers


def _held(
    hold: Hold, number: int, tasks: Sequence[asyncio.Task[Any]], names: Sequence[str]
) -> tuple[str, tuple[int, ...]]:
    taken = f" took the lock{f' in line {hold.line}' if hold.line else ''}"
    holder = hold.task()
    for n, other in enumerate(tasks):
        if other is holder:
            return f"for itself: it{taken}" if n == number else f"for {names[n]}, which{taken}", (n,)
    return f"for {hold.coroutine}, which{taken} and has ended", ()


def _awaited(task: asyncio.Task[Any], beyond: Sequence[Stand]) -> Iterator[object]:
    """The tasks that a task waits for, as far as asyncio tells: awaited alone, gathered, or of a group."""
    future = getattr(task, "_fut_waiter", None)
    yield future
    yield from getattr(future, "_children", ())
    for stand in beyond:
        if stand.frame.f_code is asyncio.TaskGroup.__aexit__.__code__:
            yield from stand.frame.f_locals["self"]._tasks


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def circle(found: Sequence[Waiter]) -> str:
    """The first waiters that wait for each other in a circle, as ``a → b → a``; empty where there is none."""
    for start in range(len(found)):
        names = [found[number].name for number in _path_back(found, start)]
        if names:
            return " → ".join(names) if len(names) > 2 else f"{names[0]} waits for itself"
    return ""


def _path_back(found: Sequence[Waiter], start: int) -> list[int]:
    """The shortest path along `waits_for` from `start` to itself."""
    paths, seen = [[start]], set[int]()
    while paths:
        path = paths.pop(0)
        for number in found[path[-1]].waits_for:
            if number == start:
                return [*path, start]
            if number not in seen:
                seen.add(number)
                paths.append([*path, number])
    return []


def _blocked_in(frame: FrameType | None) -> Waiter | None:
    """Where a thread's own code waits; None for an event loop and for a pool's thread without a job."""
    call = ""
    while frame is not None:
        code = frame.f_code
        if code.co_filename.startswith(THIS_KIT) and code.co_name == "run_forever":
            return None
        if not is_library(code.co_filename):
            return Waiter(code.co_qualname, code.co_filename, frame.f_lineno, call)
        if not code.co_filename.startswith(THIS_KIT):
            call = code.co_qualname
        frame = frame.f_back
    return None
