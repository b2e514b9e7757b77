"""Who waits for what: the lines under a deadlock."""

from __future__ import annotations

import asyncio
import os
from typing import NamedTuple


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
    return "asyncio" in filename.split(os.sep) or "site-packages" in filename or filename.startswith("<frozen")


def waiters(loop: asyncio.AbstractEventLoop) -> list[Waiter]:
    """The tasks of `loop` that are not done, in the order in which they were made."""
    found = []
    for task in sorted(asyncio.all_tasks(loop), key=hash):
        frames = _frames(task)
        own = [frame for frame in frames if not _is_library(frame[1])]
        if not frames:
            continue
        name, filename, line = (own or frames)[-1]
        call = frames[-1][0] if frames[-1] != (name, filename, line) else ""
        found.append(Waiter(task.get_name(), name, filename, line, call))
    return found


def describe(loop: asyncio.AbstractEventLoop) -> list[str]:
    """A line for each task that waits."""
    return [str(waiter) for waiter in waiters(loop)]
