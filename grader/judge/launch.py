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

from grader.boundary.forks import REPLY, STARTED, TEST, ZYGOTE
from grader.judge.custody import KEPT_OUTPUT, MOST_OUTPUT, Custody, grader_fault, real_sleep

#: How long the sandbox may take to start, in real seconds; generous, since machines may be busy.
START_SECONDS = 60.0
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
    """A zygote process, seen from the judge. The first one is started; the others are its forks."""

    def __init__(self, control: socket.socket, process: subprocess.Popen[bytes] | None = None) -> None:
        self._control = control
        self._process = process
        self._statuses: dict[int, int] = {}
        self._buffer = b""

    @classmethod
    def warm_up(cls) -> Zygote:
        """Start the first zygote of this worker; takes about a third of a second."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        command = [sys.executable, *ALONE, "-m", "grader.sandbox.zygote", str(theirs.fileno())]
        process = subprocess.Popen(
            command,
            pass_fds=[theirs.fileno()],
            env=_CLEAN,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        theirs.close()
        return cls(ours, process)

    def divide(self) -> Zygote:
        """Another zygote, for another submission."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with theirs:
            self._request(ZYGOTE, [theirs.fileno()])
        return Zygote(ours)

    def start(self, *, cpu_seconds: float) -> Custody:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        read, write = os.pipe()
        try:
            with theirs:
                pid = self._request(TEST, [theirs.fileno(), write])
        except BaseException:
            ours.close()
            os.close(read)
            raise
        finally:
            os.close(write)
        return Custody(
            pid,
            ours,
            output=read,
            exit_code=lambda: self._exit_code(pid),
            kill=lambda: self._kill(pid),
            cpu_seconds=cpu_seconds,
        )

    def _request(self, kind: bytes, fds: list[int]) -> int:
        try:
            socket.send_fds(self._control, [kind], fds)
            while True:
                reply, number, status = self._reply(START_SECONDS)
                if reply == STARTED:
                    return number
                self._statuses[number] = status
        except OSError as exc:
            raise grader_fault("is gone") from exc

    def _reply(self, seconds: float) -> tuple[bytes, int, int]:
        while len(self._buffer) < REPLY.size:
            if not select.select([self._control], [], [], seconds)[0]:
                raise grader_fault(f"did not answer within {seconds:g} s")
            received = self._control.recv(4096)
            if not received:
                raise grader_fault("is gone")
            self._buffer += received
        reply, self._buffer = self._buffer[: REPLY.size], self._buffer[REPLY.size :]
        kind, number, status = REPLY.unpack(reply)
        return kind, number, status

    def _exit_code(self, pid: int) -> int | None:
        """How the child ended, as its zygote reports it; a signal is negative."""
        with contextlib.suppress(Exception):
            while pid not in self._statuses:
                _, number, status = self._reply(2.0)
                self._statuses[number] = status
        return os.waitstatus_to_exitcode(self._statuses[pid]) if pid in self._statuses else None

    def _kill(self, pid: int) -> None:
        # The zygote buries its children at once, so the number could belong to another process by now.
        while select.select([self._control], [], [], 0)[0]:
            with contextlib.suppress(Exception):
                _, number, status = self._reply(0.0)
                self._statuses[number] = status
                continue
            break
        if pid not in self._statuses:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def close(self) -> None:
        self._control.close()
        if self._process is not None:
            self._process.wait()


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
    """The clean environment, with what Windows cannot start a process without."""
    needed = ("SYSTEMROOT", "TEMP", "TMP")
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
