"""Python's own debugger on a student's terminal, in a child that has no walls and no limits.

The child reads the terminal by itself: the judge waits meanwhile, and the clock of both stands still.
"""

from __future__ import annotations

import os
import pdb
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, TextIO


def take_terminal() -> None:
    """Make the terminal of this process its standard input and output.

    Raises:
        OSError: it has none.
    """
    names = ("CONIN$", "CONOUT$") if sys.platform == "win32" else ("/dev/tty", "/dev/tty")
    reading = os.open(names[0], os.O_RDWR)
    writing = os.open(names[1], os.O_RDWR)
    for source, target in ((reading, 0), (writing, 1), (writing, 2)):
        os.dup2(source, target)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout, sys.stderr = (os.fdopen(fd, "w", encoding="utf-8", closefd=False) for fd in (1, 2))


class Debugger(pdb.Pdb):
    """`pdb` on the terminal, for one file. Its own lines are not stamped with the time; leaving it ends the run."""

    def __init__(self, filename: str, terminal: TextIO, leave: Callable[[], None]) -> None:
        super().__init__(stdin=sys.stdin, stdout=terminal, nosigint=True)
        self._filename = filename
        self._leave = leave

    def canonic(self, filename: str) -> str:
        """The source came over a socket, so its name is no path."""
        return filename if filename == self._filename else super().canonic(filename)

    def stop_here(self, frame: FrameType) -> bool:
        """Step in the submission alone: what lies between two of its lines is the event loop's."""
        return frame.f_code.co_filename == self._filename and super().stop_here(frame)

    def do_quit(self, arg: str) -> Any:
        """q(uit) | exit: leave the debugger, and end the run."""
        self._leave()
        return super().do_quit(arg)

    do_q = do_exit = do_quit

    def do_EOF(self, arg: str) -> Any:
        """Ctrl-D: leave the debugger, and end the run."""
        self.message("")
        return self.do_quit(arg)


def install(filename: str, leave: Callable[[], None]) -> None:
    """Open the debugger wherever `filename` asks for one; `leave` ends the run and does not return."""
    debugger = Debugger(filename, sys.stdout, leave)

    def stop() -> None:
        frame: FrameType | None = sys._getframe()
        while frame is not None and frame.f_code.co_filename != filename:
            frame = frame.f_back
        debugger.set_trace(frame)

    replace(stop)


def replace(stop: Callable[[], None]) -> None:
    """Have `breakpoint()` and `pdb.set_trace()` call `stop`."""

    def stop_here(*args: object, **kwargs: object) -> None:
        stop()

    sys.breakpointhook = stop_here
    pdb.set_trace = stop_here
