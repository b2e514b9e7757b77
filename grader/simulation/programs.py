"""Scripted programs: what `asyncio.create_subprocess_exec` and `create_subprocess_shell` start."""

from __future__ import annotations

import asyncio
import errno
import os
import shlex
import signal
import subprocess
from asyncio import base_subprocess
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from grader.simulation.transports import Inlet, StreamTransport, Wire

if TYPE_CHECKING:
    from grader.simulation.loop import SimulatedLoop

#: The body of a program: reads and writes its streams, returns its exit status (None: 0).
Script = Callable[["Program"], Awaitable[int | None]]
SIGKILL = int(getattr(signal, "SIGKILL", 9))
SIGTERM = int(signal.SIGTERM)


class Program:
    """One run of a script, as the script and the test see it. All times are virtual seconds.

    A signal ends the program, with the exit status that a shell would call ``-signum``, unless the script
    ignores or handles it; nothing withstands SIGKILL. `exit_delay` is how long the system takes to bury it.
    """

    def __init__(self, loop: SimulatedLoop, argv: Sequence[str], *, pid: int, shell: bool, exit_delay: float) -> None:
        self.argv = tuple(argv)
        self.shell = shell
        self.pid = pid
        self.exit_delay = exit_delay
        self.started = loop.time()
        self.ended: float | None = None
        self.returncode: int | None = None
        self.signals: list[tuple[float, int]] = []
        self.stdin = asyncio.StreamReader(loop=loop)
        self.stdout: asyncio.StreamWriter
        self.stderr: asyncio.StreamWriter
        self._loop = loop
        self._handlers: dict[int, Callable[[], None] | None] = {}
        self._transports: list[StreamTransport] = []
        self._task: asyncio.Task[int | None] | None = None
        self._on_exit: Callable[[int], None] | None = None

    def __repr__(self) -> str:
        state = "running" if self.returncode is None else f"ended with {self.returncode}"
        return f"<Program {shlex.join(self.argv)}: {state}>"

    def ignore(self, signum: int) -> None:
        """Go on as if the signal had not come."""
        self._handlers[int(signum)] = None

    def on_signal(self, signum: int, handler: Callable[[], None]) -> None:
        """Call `handler` instead of ending."""
        self._handlers[int(signum)] = handler

    def receive(self, signum: int) -> None:
        """Take a signal, as from `Process.send_signal`."""
        if self.returncode is not None or self._task is None or self._loop.is_closed():
            return
        self.signals.append((self._loop.time(), signum))
        if signum in self._handlers and signum != SIGKILL:
            if handler := self._handlers[signum]:
                handler()
            return
        self._task.cancel()
        self._exit(-signum)

    def run(self, script: Script, streams: Mapping[int, Inlet], on_exit: Callable[[int], None]) -> dict[int, Inlet]:
        """Start the script; `streams` are the caller's ends of its pipes. Returns the program's ends."""
        self._on_exit = on_exit
        self._connect(0, streams.get(0))
        self.stdout = self._writer(1, streams.get(1))
        self.stderr = self.stdout if streams.get(2) is streams.get(1) is not None else self._writer(2, streams.get(2))
        self._task = self._loop.create_task(self._run(script), name=" ".join(["program", *self.argv[:1]]))
        return {fd: Wire(self._loop, transport) for fd, transport in zip((0, 1, 2), self._transports, strict=False)}

    def _connect(self, fd: int, inlet: Inlet | None) -> StreamTransport:
        transport = StreamTransport(self._loop, {"pipe": fd})
        transport.outlet = inlet if inlet is not None else _Nowhere(self._loop, transport)
        protocol = asyncio.StreamReaderProtocol(self.stdin if fd == 0 else asyncio.StreamReader(loop=self._loop))
        if fd == 0 and inlet is None:
            self.stdin.feed_eof()
        transport.begin(protocol)
        self._transports.append(transport)
        return transport

    def _writer(self, fd: int, inlet: Inlet | None) -> asyncio.StreamWriter:
        transport = self._connect(fd, inlet)
        return asyncio.StreamWriter(transport, transport.get_protocol(), None, self._loop)

    async def _run(self, script: Script) -> int | None:
        status: int | None = 1
        try:
            status = await script(self)
        except (BrokenPipeError, ConnectionResetError):
            status = -int(getattr(signal, "SIGPIPE", 13))
        finally:
            if self.returncode is None and not self._loop.is_closed():
                self._exit(status or 0)
        return status

    def _exit(self, status: int) -> None:
        self.returncode = status
        self._loop.call_later(self.exit_delay, self._bury)

    def _bury(self) -> None:
        self.ended = self._loop.time()
        for transport in self._transports:
            transport.close()
        assert self._on_exit is not None
        assert self.returncode is not None
        self._on_exit(self.returncode)


class _Nowhere:
    """Swallows what a program writes to a stream that nobody reads."""

    def __init__(self, loop: SimulatedLoop, transport: StreamTransport) -> None:
        self._back = Wire(loop, transport)

    def data(self, chunk: bytes) -> None:
        self._back.consumed(len(chunk))

    def eof(self) -> None: ...
    def closed(self) -> None: ...
    def reset(self) -> None: ...
    def consumed(self, size: int) -> None: ...
    def secured(self) -> None: ...


async def _not_found(program: Program) -> int:
    """What a shell does with a command that does not exist."""
    program.stderr.write(f"/bin/sh: 1: {program.argv[0] if program.argv else ''}: not found\n".encode())
    return 127


class Started(NamedTuple):
    """A program that runs: its ends of the pipes, and how to send it a signal."""

    pid: int
    inlets: Mapping[int, Inlet]
    send_signal: Callable[[int], None]


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:
        # A quotation without an end: no program has such a name, so the shell complains.
        return [command]


class Programs:
    """The programs that exist in a simulated world, by name."""

    def __init__(self) -> None:
        self.started: list[Program] = []
        self._scripts: dict[str, tuple[Script, float]] = {}

    def __repr__(self) -> str:
        running = sum(program.returncode is None for program in self.started)
        names = ", ".join(self._scripts) or "none"
        return f"<Programs: {names}; {running} running, {len(self.started)} started>"

    def add(self, name: str, script: Script, *, exit_delay: float = 0.0) -> None:
        """Make `name` a program; it takes `exit_delay` virtual seconds to be gone once it ends."""
        self._scripts[name] = (script, exit_delay)

    async def start(
        self,
        loop: SimulatedLoop,
        argv: Sequence[str],
        streams: Mapping[int, Inlet],
        on_exit: Callable[[int], None],
        *,
        shell: bool = False,
    ) -> Started:
        """Start a program. `streams` are the caller's ends of its pipes, by file descriptor.

        Raises:
            FileNotFoundError: there is no such program, and no shell to say so.
        """
        words = _words(argv[0]) if shell and argv else list(argv)
        name = words[0] if words else ""
        found = self._scripts.get(name) or self._scripts.get(os.path.basename(name))
        if found is None and shell:
            # The shell was found: it is the shell that does not find the program.
            found = (_not_found, 0.0)
        if found is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)
        script, exit_delay = found
        program = Program(loop, words, pid=1000 + len(self.started), shell=shell, exit_delay=exit_delay)
        self.started.append(program)
        inlets = program.run(script, streams, on_exit)
        return Started(program.pid, inlets, program.receive)


class _Process:
    """What `BaseSubprocessTransport` needs to know of a `subprocess.Popen`."""

    def __init__(self, pipes: Mapping[int, StreamTransport], started: Started) -> None:
        self.pid = started.pid
        self.returncode: int | None = None
        self.stdin, self.stdout, self.stderr = (pipes.get(fd) for fd in (0, 1, 2))
        self.send_signal = started.send_signal

    def poll(self) -> int | None:
        return self.returncode

    def kill(self) -> None:
        self.send_signal(SIGKILL)


class ProgramTransport(base_subprocess.BaseSubprocessTransport):
    """asyncio's own subprocess transport, over a scripted program."""

    _proc: _Process | None  # type: ignore[assignment]

    def __init__(
        self,
        loop: SimulatedLoop,
        protocol: asyncio.SubprocessProtocol,
        process: _Process,
        waiter: asyncio.Future[None],
        **options: int | None,
    ) -> None:
        self._process = process
        super().__init__(loop, protocol, ["program"], False, bufsize=0, waiter=waiter, **options)

    def _start(self, **options: object) -> None:  # type: ignore[override]
        self._proc = self._process

    def send_signal(self, signum: int) -> None:
        self._check_proc()
        if self._proc is not None and self.get_returncode() is None:
            self._proc.send_signal(int(signum))

    def terminate(self) -> None:
        self.send_signal(SIGTERM)

    def kill(self) -> None:
        self.send_signal(SIGKILL)

    def exited(self, returncode: int) -> None:
        """The program has ended."""
        if self._proc is not None and self.get_returncode() is None:
            self._process_exited(returncode)


async def spawn(
    loop: SimulatedLoop,
    protocol: asyncio.SubprocessProtocol,
    argv: Sequence[str],
    *,
    shell: bool,
    stdin: int | None,
    stdout: int | None,
    stderr: int | None,
) -> ProgramTransport:
    """Start a program and give it to `protocol`, as `loop.subprocess_exec` does."""
    pipes = {
        fd: StreamTransport(loop, {"pipe": fd})
        for fd, wanted in enumerate((stdin, stdout, stderr))
        if wanted == subprocess.PIPE
    }
    streams: dict[int, Inlet] = {fd: Wire(loop, pipe) for fd, pipe in pipes.items()}
    if stderr == subprocess.STDOUT and 1 in streams:
        streams[2] = streams[1]
    ended: asyncio.Future[int] = loop.create_future()

    def on_exit(returncode: int) -> None:
        if not ended.done():
            ended.set_result(returncode)

    started = await loop.machine.programs.start(loop, argv, streams, on_exit, shell=shell)
    for fd, pipe in pipes.items():
        pipe.outlet = started.inlets[fd]
    waiter = loop.create_future()
    transport = ProgramTransport(
        loop, protocol, _Process(pipes, started), waiter, stdin=stdin, stdout=stdout, stderr=stderr
    )
    # Asyncio tells the process's end after its pipes are connected, never before.
    ended.add_done_callback(lambda future: transport.exited(future.result()))
    try:
        await waiter
    except BaseException:
        transport.close()
        await transport._wait()
        raise
    return transport
