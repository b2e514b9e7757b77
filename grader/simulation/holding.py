"""Who holds which `asyncio.Lock`: asyncio itself does not remember."""

from __future__ import annotations

import asyncio
import sys
import weakref
from types import FrameType
from typing import Any, NamedTuple

from grader.simulation.frames import is_library


class Hold(NamedTuple):
    """A task that has taken a lock, and the line in which it did."""

    task: weakref.ref[asyncio.Task[Any]]
    coroutine: str
    line: int


def holder_of(lock: asyncio.Lock) -> Hold | None:
    """Who holds `lock`; None where it was not taken by a task, or before any machine ran."""
    hold: Hold | None = vars(lock).get("_held_by")
    return hold


class Locked:
    """`Lock._locked`, seen as it is set: each way of taking a lock, and of releasing it, does that."""

    def __get__(self, lock: asyncio.Lock | None, owner: type) -> Any:
        return self if lock is None else vars(lock)["_locked"]

    def __set__(self, lock: asyncio.Lock, locked: bool) -> None:
        vars(lock)["_locked"] = locked
        if locked or "_held_by" in vars(lock):
            vars(lock)["_held_by"] = _hold() if locked else None


def _hold() -> Hold | None:
    task = asyncio.current_task() if asyncio._get_running_loop() is not None else None
    if task is None:
        return None
    frame: FrameType | None = sys._getframe()
    while frame is not None and is_library(frame.f_code.co_filename):
        frame = frame.f_back
    name = getattr(task.get_coro(), "__qualname__", task.get_name())
    return Hold(weakref.ref(task), name, frame.f_lineno if frame is not None else 0)
