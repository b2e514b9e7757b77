"""Where children come from: forks of a warm zygote, or fresh interpreters where there is no `fork`."""

from __future__ import annotations

import _thread
import contextlib
import os
import secrets
import select
import signal
import socket
import subprocess
import sys
from typing import Protocol

from grader.boundary.forks import LEVELS, REPLY, STARTED, TEST, ZYGOTE
from grader.judge import bubblewrap, cgroups
from grader.judge.custody import KEPT_OUTPUT, MOST_OUTPUT, Custody, grader_fault, real_sleep
from grader.judge.endings import GraderFault

#: How long the sandbox may take to start, in real seconds; generous, since machines may be busy.
START_SECONDS = 60.0
#: How long the end of a child that has closed its socket may take to be told.
EXIT_SECONDS = 2.0
#: The environment of the sandbox. Strings hash alike in every run, or sets of them would not repeat.
_CLEAN = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONHASHSEED": "0", "MALLOC_ARENA_MAX": "1"}
#: Python without the user's site-packages and without the current folder; `-I` would ignore the hash seed too.
ALONE = ("-s", "-P")


class Launcher(Protocol):
    """Starts children for the tests of one submission."""

    def start(self, *, cpu_seconds: float) -> Custody:
        """A fresh child, waiting for its first frame."""

    def close(self) -> None:
        """No more children."""


def can_fork() -> bool:
    """Whether children are forked from a zygote here; GRADER_NO_FORK=1 practises as on Windows."""
    return hasattr(os, "fork") and sys.platform != "darwin" and os.environ.get("GRADER_NO_FORK", "") in ("", "0")


class Zygote:
    """A zygote process, seen from the judge. The first one is started; the others are its forks.

    `level` says what walls stand around its children, `group` limits all of them together where that can be had.
    """

    def __init__(
        self,
        control: socket.socket,
        process: subprocess.Popen[bytes] | None,
        level: str,
        group: cgroups.Group | None = None,
    ) -> None:
        self.level = level
        self.group = group
        self._control = control
        self._process = process
        self._statuses: dict[int, int] = {}

    @classmethod
    def warm_up(cls, highest: str = LEVELS[-1]) -> Zygote:
        """Start the first zygote of this worker, with the highest walls that this machine has, up to `highest`.

        Takes about half a second.
        """
        if highest == "wrapped" and (prefix := bubblewrap.command()):
            with contextlib.suppress(GraderFault):
                return cls._start([*prefix], highest)
        return cls._start([], min(highest, "isolated", key=LEVELS.index))

    @classmethod
    def _start(cls, prefix: list[str], highest: str) -> Zygote:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        command = [*prefix, sys.executable, *ALONE, "-m", "grader.sandbox.zygote", str(theirs.fileno()), highest]
        try:
            with theirs:
                process = subprocess.Popen(
                    command,
                    pass_fds=[theirs.fileno()],
                    env=_CLEAN,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    # What is typed at the terminal, such as Ctrl-C, is for the judge.
                    start_new_session=True,
                )
        except OSError as exc:
            ours.close()
            raise grader_fault(f"cannot be started: {exc.strerror or exc}") from exc
        zygote = cls(ours, process, highest)
        try:
            _, _, status, _ = zygote._reply(START_SECONDS)
        except BaseException:
            process.kill()
            zygote.close()
            raise
        zygote.level = LEVELS[status]
        return zygote

    def divide(self) -> Zygote:
        """Another zygote, for another submission."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            with theirs:
                _, process = self._request(ZYGOTE, [theirs.fileno()])
        except BaseException:
            ours.close()
            raise
        try:
            # It has no children yet; those that it will have are born into the group.
            parent = cgroups.parent()
            group = cgroups.Group.around(_number_here(process), parent) if parent is not None else None
        except OSError as exc:
            ours.close()
            raise grader_fault(f"cannot have a control group: {exc.strerror or exc}") from exc
        finally:
            os.close(process)
        return Zygote(ours, None, self.level, group)

    def start(self, *, cpu_seconds: float) -> Custody:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        read, write = os.pipe()
        try:
            with theirs:
                number, process = self._request(TEST, [theirs.fileno(), write])
        except BaseException:
            ours.close()
            os.close(read)
            raise
        finally:
            os.close(write)
        return Custody(
            _number_here(process),
            ours,
            output=read,
            exit_code=lambda: self._exit_code(number),
            kill=lambda: _kill(process),
            cpu_seconds=cpu_seconds,
        )

    def _request(self, kind: bytes, fds: list[int]) -> tuple[int, int]:
        try:
            socket.send_fds(self._control, [kind], fds)
            while True:
                reply, number, status, received = self._reply(START_SECONDS)
                if reply == STARTED and received:
                    # An earlier child may have had the same number.
                    self._statuses.pop(number, None)
                    return number, received[0]
                self._statuses[number] = status
        except OSError as exc:
            raise grader_fault("is gone") from exc

    def _reply(self, seconds: float) -> tuple[bytes, int, int, list[int]]:
        buffer, descriptors = b"", []
        while len(buffer) < REPLY.size:
            if not select.select([self._control], [], [], seconds)[0]:
                raise grader_fault(f"did not answer within {seconds:g} s")
            try:
                # Never more than one reply at a time, so that its descriptor comes with it.
                received, fds, _, _ = socket.recv_fds(self._control, REPLY.size - len(buffer), 1)
            except OSError as exc:
                raise grader_fault("is gone") from exc
            descriptors += fds
            if not received:
                raise grader_fault("is gone")
            buffer += received
        kind, number, status = REPLY.unpack(buffer)
        return kind, number, status, descriptors

    def _exit_code(self, number: int) -> int | None:
        """How the child ended, as its zygote reports it; a signal is negative. None when it has not ended.

        Raises:
            GraderFault: the zygote is gone.
        """
        while number not in self._statuses:
            if not select.select([self._control], [], [], EXIT_SECONDS)[0]:
                return None
            _, ended, status, _ = self._reply(EXIT_SECONDS)
            self._statuses[ended] = status
        return os.waitstatus_to_exitcode(self._statuses[number])

    def close(self) -> None:
        self._control.close()
        if self.group is not None:
            self.group.remove()
        if self._process is not None:
            try:
                self._process.wait(START_SECONDS)
            except subprocess.TimeoutExpired:
                # Somebody has stopped it.
                self._process.kill()
                self._process.wait()


def level_here(highest: str = LEVELS[-1]) -> str:
    """The level of walls that this machine reaches, found by starting a zygote behind them."""
    if not can_fork():
        return "none"
    zygote = Zygote.warm_up(highest)
    zygote.close()
    return zygote.level


def _number_here(process: int) -> int:
    """The number of a process in this process table, from its descriptor."""
    with open(f"/proc/self/fdinfo/{process}", encoding="ascii") as info:
        return next(int(line.split()[1]) for line in info if line.startswith("Pid:"))


def _kill(process: int) -> None:
    """Kill by descriptor, which can name no other process, and forget it."""
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(process, signal.SIGKILL)
    os.close(process)


class Spawner:
    """A fresh interpreter for each test, called back over the loopback: works on every system."""

    def start(self, *, cpu_seconds: float) -> Custody:
        token = secrets.token_bytes(16)
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(START_SECONDS)
            port = server.getsockname()[1]
            process = subprocess.Popen(
                [sys.executable, *ALONE, "-X", "utf8", "-m", "grader.sandbox.spawned", str(port), token.hex()],
                env=_spawned_environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
            try:
                sock = self._called_back(server, token)
            except BaseException:
                process.kill()
                process.wait()
                raise
        collected = bytearray()
        flooded: list[bool] = []
        collecting = _thread.allocate_lock()
        collecting.acquire()
        # Not a `threading.Thread`: on a simulated loop that would be a simulated one.
        _thread.start_new_thread(_collect, (process, collected, flooded, collecting))
        return Custody(
            process.pid,
            sock,
            output=None,
            collected=lambda: bytes(collected),
            flooded=lambda: bool(flooded),
            exit_code=lambda: _exit_code(process),
            kill=lambda: _stop(process, collecting),
            cpu_seconds=cpu_seconds,
        )

    def _called_back(self, server: socket.socket, token: bytes) -> socket.socket:
        while True:
            try:
                sock, _ = server.accept()
            except TimeoutError as exc:
                raise grader_fault(f"did not start within {START_SECONDS:g} s") from exc
            sock.settimeout(START_SECONDS)
            received = b""
            while len(received) < len(token) and (more := sock.recv(len(token) - len(received))):
                received += more
            if secrets.compare_digest(received, token):
                sock.settimeout(None)
                return sock
            sock.close()

    def close(self) -> None:
        """Nothing is kept between children."""


def _spawned_environment() -> dict[str, str]:
    """The clean environment, with what Windows cannot start a process without; some Pythons find libraries by PATH."""
    needed = ("SYSTEMROOT", "TEMP", "TMP", "PATH") if sys.platform == "win32" else ("TEMP", "TMP")
    return {**_CLEAN, **{name: os.environ[name] for name in needed if name in os.environ}}


def _collect(
    process: subprocess.Popen[bytes], collected: bytearray, flooded: list[bool], collecting: _thread.LockType
) -> None:
    assert process.stdout is not None
    size = 0
    while chunk := process.stdout.read1(65536):  # type: ignore[attr-defined]
        size += len(chunk)
        collected += chunk[: max(0, KEPT_OUTPUT - len(collected))]
        if size > MOST_OUTPUT:
            flooded.append(True)
            process.kill()
    collecting.release()


def _exit_code(process: subprocess.Popen[bytes]) -> int | None:
    for _ in range(500):
        if (code := process.poll()) is not None:
            return code
        real_sleep(0.01)
    return None


def _stop(process: subprocess.Popen[bytes], collecting: _thread.LockType) -> None:
    process.kill()
    process.wait()
    collecting.acquire()
    if process.stdout is not None:
        process.stdout.close()
