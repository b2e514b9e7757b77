"""One child in the judge's hands: waited for, watched, and killed."""

from __future__ import annotations

import contextlib
import math
import os
import re
import select
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence

from grader.judge.endings import Died, GraderFault, Hung, Killed, Stuck

#: Output beyond this many bytes ends a test; the report keeps the first `KEPT_OUTPUT`.
MOST_OUTPUT = 4 * 2**20
KEPT_OUTPUT = 64 * 1024
#: Real seconds between two looks at a child that has the turn.
LOOK_EVERY = 0.25
#: How often the processor time of one turn a child may sleep at a stretch, in real time, before it is stuck; and
#: how often that it may keep the judge waiting in a whole test, however it passes the time: by a nap in each
#: turn, by a letter printed now and then. An honest test takes a few hundredths of a second.
ASLEEP_FOR = 2.5
WAITED_FOR = 20.0
#: Real seconds after which a child is stuck on a system that does not tell processor time.
WALL_SECONDS = 20.0

# Taken before a simulated machine can exchange them.
_captured_monotonic = time.monotonic
real_sleep = time.sleep
_FRAME = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+) in (?P<function>\S+)')
#: The outermost frame of every child that was forked, which ends its stack.
_LAST_FRAME = b"in _run_module_as_main"


class Custody:
    """A child process, from its start to its end.

    `exit_code` asks how a child that is gone ended (a signal is negative), None where nobody knows.
    `cpu_seconds` is the real processor time that one turn of the child may take, infinite where it is debugged.
    Where somebody else reads the child's output, `collected` is what came, and `flooded` says whether the child was
    killed for its length.
    """

    def __init__(
        self,
        pid: int,
        sock: socket.socket,
        *,
        output: int | None,
        exit_code: Callable[[], int | None],
        kill: Callable[[], None],
        cpu_seconds: float,
        collected: Callable[[], bytes] | None = None,
        flooded: Callable[[], bool] = lambda: False,
    ) -> None:
        self.pid = pid
        self.sock = sock
        self.cpu_seconds = cpu_seconds
        self.filename = ""
        self.source: list[str] = []
        self._output = output
        self._collected = collected
        self._flooded = flooded
        self._exit_code = exit_code
        self._kill = kill
        self._kept = bytearray()
        self._most_kept: int | None = None
        self._size = 0
        self._most_collected = KEPT_OUTPUT
        self._ended = False
        self._cpu_began: float | None = None
        self._waited = 0.0

    # -- waiting for the child -----------------------------------------------------------------------

    def begin_turn(self) -> None:
        """Count from here what `wait_readable` allows one turn."""
        self._cpu_began = self._cpu()

    def wait_readable(self) -> None:
        """Wait until the child has sent something, or is gone.

        Raises:
            Stuck: the child keeps the turn for too much processor time, or sleeps in a real wait.
            Died: it has printed too much.
        """
        self._wait([self.sock.fileno()], [])

    def wait_writable(self) -> None:
        """Wait until the child reads; raises as `wait_readable` does."""
        self._wait([], [self.sock.fileno()])

    def _wait(self, to_read: list[int], to_write: list[int]) -> None:
        began = _captured_monotonic()
        try:
            self._watch(to_read, to_write, began)
        finally:
            self._waited += _captured_monotonic() - began

    def _watch(self, to_read: list[int], to_write: list[int], began: float) -> None:
        looked = began
        asleep_since: float | None = None
        while True:
            output = [self._output] if self._output is not None else []
            until_look = max(0.0, looked + LOOK_EVERY - _captured_monotonic())
            readable, writable, _ = select.select([*to_read, *output], to_write, [], until_look)
            if self._output is not None and self._output in readable:
                self._read_output()
            if writable or self.sock.fileno() in readable:
                return
            now = _captured_monotonic()
            # Not whenever something is printed: whoever prints is awake, however much it sleeps in between.
            if now < looked + LOOK_EVERY:
                continue
            looked = now
            used = self._cpu()
            if used is None or self._cpu_began is None:
                if now - began > WALL_SECONDS and self.cpu_seconds < math.inf:
                    raise self._stuck("gave no answer")
                continue
            if used - self._cpu_began > self.cpu_seconds:
                raise self._stuck(f"ran for {self.cpu_seconds:g} s of processor time without awaiting")
            if self._waited + now - began > WAITED_FOR * self.cpu_seconds:
                raise self._stuck("kept the grader waiting, a little at a time")
            # A process can also be stopped, or have lost its first thread.
            if self._state() in ("R", "D"):
                asleep_since = None
            elif asleep_since is None:
                asleep_since = now
            elif now - asleep_since > ASLEEP_FOR * self.cpu_seconds:
                raise self._stuck("waits for something that is not asynchronous")

    def _cpu(self) -> float | None:
        """Processor time that the child has used, in real seconds."""
        if sys.platform != "linux":
            return None
        try:
            # The clock of another process, as clock_getcpuclockid(3) numbers it.
            return time.clock_gettime(((~self.pid) << 3) | 2)
        except OSError:
            return 0.0

    def _state(self) -> str:
        try:
            with open(f"/proc/{self.pid}/stat", encoding="utf-8", errors="replace") as stat:
                return stat.read().rpartition(")")[2].split()[0]
        except OSError:
            return "?"

    def _stuck(self, what: str) -> Stuck:
        line, function = self._where()
        place = f", in line {line} ({function})" if line else ""
        return Hung(f"The event loop was never given back: the code {what}{place}.", line=line)

    def _where(self) -> tuple[int | None, str]:
        """The line of the submission that is running, from the stack that the child's signal handler prints."""
        sigusr1 = getattr(signal, "SIGUSR1", None)
        # A process that ended before it was looked at has no number, and -1 would be everybody.
        if sigusr1 is None or self.pid <= 0:
            return None, ""
        before = len(self._collected()) if self._collected is not None else self._size
        try:
            os.kill(self.pid, sigusr1)
        except OSError:
            return None, ""
        text = self._more_collected(before) if self._collected is not None else self._more_output(before)
        for found in _FRAME.finditer(text.decode("utf-8", "replace")):
            if found["file"] == self.filename:
                return loop_around(self.source, int(found["line"])), found["function"]
        return None, ""

    def _more_output(self, before: int) -> bytes:
        """What comes next, which is no output of the submission."""
        text = b""
        for _ in range(20):
            readable, _, _ = select.select([self._output] if self._output is not None else [], [], [], 0.1)
            if readable:
                chunk = self._read_output()
                text += chunk
                if not chunk:
                    break
            elif _LAST_FRAME in text:
                # On a busy machine the stack comes in pieces, with pauses between them.
                break
        self._most_kept = before
        return text

    def _more_collected(self, before: int) -> bytes:
        """As `_more_output`, where somebody else reads."""
        assert self._collected is not None
        self._most_collected = before
        text = b""
        for _ in range(20):
            real_sleep(0.1)
            more = self._collected()[before:]
            if text and more == text:
                break
            text = more
        return text

    # -- output ---------------------------------------------------------------------------------------

    def _read_output(self) -> bytes:
        assert self._output is not None
        try:
            chunk = os.read(self._output, 65536)
        except OSError:
            chunk = b""
        if not chunk:
            os.close(self._output)
            self._output = None
        self._size += len(chunk)
        self._kept += chunk[: max(0, KEPT_OUTPUT - len(self._kept))]
        if self._size > MOST_OUTPUT:
            raise _printed_too_much()
        return chunk

    def printed(self) -> str:
        """What the child has printed so far, at most `KEPT_OUTPUT` bytes."""
        if self._collected is not None:
            return self._collected()[: self._most_collected].decode("utf-8", "replace")
        with contextlib.suppress(Died):
            while self._output is not None and select.select([self._output], [], [], 0)[0]:
                self._read_output()
        # What came after the stack was asked for is the stack, however late.
        return self._kept[: self._most_kept].decode("utf-8", "replace")

    # -- the end ----------------------------------------------------------------------------------------

    def cause_of_death(self) -> Died:
        """Why the child is gone, once its socket has closed.

        Raises:
            GraderFault: the zygote that could tell is gone too.
        """
        code = self._exit_code()
        if self._flooded():
            return _printed_too_much()
        if code is None:
            return Died("The code closed its connection to the grader.")
        if code < 0:
            name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
            kind = Killed if name == "SIGKILL" else Died
            text = f"The process of the code was ended by {name}{_MEANINGS.get(name, '')}."
            return kind(text, how=name)
        return Died(f"The code ended its own process (exit status {code}).", how=f"exit status {code}")

    def end(self) -> None:
        """Kill the child and let go of it; harmless when repeated."""
        if self._ended:
            return
        self._ended = True
        self.printed()
        self._kill()
        self.sock.close()
        if self._output is not None:
            os.close(self._output)
            self._output = None


def loop_around(source: Sequence[str], line: int) -> int:
    """The first line of the outermost loop around `line` within its function; `line` itself where there is none.

    A stack shows some line of a loop that never ends; which one is chance, and a report must not depend on it.
    """
    found, depth = line, None
    for number in range(line if line <= len(source) else 0, 0, -1):
        text = source[number - 1]
        words = text.split("#")[0].replace("(", " ").replace(":", " : ").split()
        indent = len(text) - len(text.lstrip())
        if not words or (depth is not None and indent >= depth):
            continue
        depth = indent
        if words[0] in ("while", "for") or words[:2] == ["async", "for"]:
            found = number
        elif words[0] in ("def", "class") or words[:2] == ["async", "def"]:
            break
    return found


_MEANINGS = {
    "SIGSEGV": " (a crash outside Python, or recursion too deep)",
    "SIGKILL": " (too much memory, or killed)",
    "SIGXFSZ": " (it wrote a file that is too large)",
    "SIGABRT": " (a fatal error of the interpreter)",
}


def _printed_too_much() -> Died:
    return Died(f"The code printed more than {MOST_OUTPUT // 2**20} MiB.")


def grader_fault(what: str) -> GraderFault:
    """The sandbox could not be started or has broken down."""
    return GraderFault(f"The grader's sandbox {what}.")
