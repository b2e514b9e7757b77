"""What asyncio's loop waits with: timers in a stable order, and a selector that gives the turn away."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Mapping
from typing import Any

from grader.simulation.errors import NotSimulated


class Timer(asyncio.TimerHandle):
    """A timer that runs after those set earlier for the same moment; asyncio's heap alone is not stable."""

    serial = 0

    def __lt__(self, other: object) -> bool:
        if isinstance(other, Timer):
            return (self._when, self.serial) < (other._when, other.serial)  # type: ignore[attr-defined]
        return super().__lt__(other)  # type: ignore[operator]


class Idle(selectors.BaseSelector):
    """Where asyncio would wait for the operating system, this loop waits for its turn."""

    def __init__(self, wait: Callable[[float | None], None]) -> None:
        self._wait = wait

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self._wait(timeout)
        return []

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        raise NotSimulated("A simulated loop cannot watch file descriptors: use streams or transports.")

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        raise KeyError(fileobj)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return {}
