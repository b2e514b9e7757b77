"""Where code stands, and which of it is not the reader's own."""

from __future__ import annotations

import asyncio
import gc
import os
from types import FrameType
from typing import Any, NamedTuple

_STANDARD_LIBRARY = os.path.dirname(os.__file__) + os.sep
#: The whole kit: a reader's own code is never in it.
THIS_KIT = os.path.dirname(os.path.dirname(__file__)) + os.sep


def is_library(filename: str) -> bool:
    """Whether a file belongs to Python, to an installed package, or to this one."""
    return (
        filename.startswith((_STANDARD_LIBRARY, THIS_KIT, "<frozen"))
        or "site-packages" in filename
        or "dist-packages" in filename
    )


async def _nothing() -> None:
    pass


_unused = _nothing()
_WRAPPER = type(_unused.__await__())
_unused.close()


class Stand(NamedTuple):
    """One coroutine of a task that waits: what it is called, and where it stands."""

    name: str
    frame: FrameType

    @property
    def filename(self) -> str:
        return self.frame.f_code.co_filename

    @property
    def line(self) -> int:
        return self.frame.f_lineno


def stands_of(task: asyncio.Task[Any]) -> list[Stand]:
    """The coroutines of a task that waits, outermost first."""
    stands: list[Stand] = []
    awaited: object = task.get_coro()
    while awaited is not None and len(stands) < 100:
        for kind in ("cr", "gi", "ag"):
            frame = getattr(awaited, f"{kind}_frame", None)
            if frame is not None:
                # What stands for a function of the other side has that one's name, and its own code.
                stands.append(Stand(getattr(awaited, "__qualname__", frame.f_code.co_qualname), frame))
                break
        awaited = getattr(awaited, "cr_await", None) or getattr(awaited, "gi_yieldfrom", None)
        if type(awaited) is _WRAPPER:
            # What `__await__` of a coroutine gives, as aiohttp's requests pass it on, does not tell what is in it.
            awaited = next(iter(gc.get_referents(awaited)), None)
    return stands
