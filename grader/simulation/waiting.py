"""Who waits for what: the lines under a deadlock."""

from __future__ import annotations

import asyncio
import os
import sys
from types import FrameType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from grader.simulation.machine import Machine

_STANDARD_LIBRARY = os.path.dirname(os.__file__) + os.sep
_THIS_PACKAGE = os.path.dirname(__file__) + os.sep


class Waiter(NamedTuple):
    """One task that waits: where its code stands, and in which call of asyncio."""

    task: str
    coroutine: str
    filename: str
    line: int
    call: str

    def __str__(self) -> str:
        place = f"{os.path.basename(self.filename)}, line {self.line}"
        return f"{self.coroutine} ({place}) waits in {self.call}" if self.call else f"{self.coroutine} ({place}) waits"


def _frames(task: asyncio.Task[object]) -> list[tuple[str, str, int]]:
    """(qualified name, file, line) of the coroutines of a task, outermost first."""
    frames: list[tuple[str, str, int]] = []
    awaited: object = task.get_coro()
    while awaited is not None and len(frames) < 100:
        for kind in ("cr", "gi", "ag"):
            frame = getattr(awaited, f"{kind}_frame", None)
            if frame is not None:
                frames.append((frame.f_code.co_qualname, frame.f_code.co_filename, frame.f_lineno))
                break
        awaited = getattr(awaited, "cr_await", None) or getattr(awaited, "gi_yieldfrom", None)
    return frames


def _is_library(filename: str) -> bool:
    return (
        filename.startswith((_STANDARD_LIBRARY, _THIS_PACKAGE, "<frozen"))
        or "site-packages" in filename
        or "dist-packages" in filename
    )


def _call(names: list[str]) -> str:
    """Of the library's functions, outermost first, the one that the reader knows: `Lock.acquire` rather than
    the `__aenter__` around it or the `_wait` inside."""
    public = (name for name in names if not any(part.startswith("_") for part in name.split(".")))
    return next(public, names[0] if names else "")


def waiters(loop: asyncio.AbstractEventLoop) -> list[Waiter]:
    """The tasks of `loop` that are not done, in the order in which they were made."""
    found = []
    for task in sorted(asyncio.all_tasks(loop), key=hash):
        frames = _frames(task)
        if not frames:
            continue
        own = max((n for n, frame in enumerate(frames) if not _is_library(frame[1])), default=0)
        name, filename, line = frames[own]
        found.append(Waiter(task.get_name(), name, filename, line, _call([frame[0] for frame in frames[own + 1 :]])))
    return found


def _blocked_in(frame: FrameType | None) -> str:
    """Where a thread's own code waits; nothing for an event loop and for a pool's thread without a job."""
    call = ""
    while frame is not None:
        code = frame.f_code
        if code.co_filename.startswith(_THIS_PACKAGE) and code.co_name == "run_forever":
            return ""
        if not _is_library(code.co_filename):
            place = f"{os.path.basename(code.co_filename)}, line {frame.f_lineno}"
            return f"{code.co_qualname} ({place}) waits in {call}" if call else f"{code.co_qualname} ({place}) waits"
        if not code.co_filename.startswith(_THIS_PACKAGE):
            call = code.co_qualname
        frame = frame.f_back
    return ""


def describe(machine: Machine) -> list[str]:
    """A line for each task, and each thread, that waits."""
    lines = [str(waiter) for loop in machine.loops for waiter in waiters(loop)]
    frames = sys._current_frames()
    for ident, thread in machine.turns.blocked:
        if thread is not None and (place := _blocked_in(frames.get(ident))):
            lines.append(f"thread {thread.name}: {place}")
    return lines
