"""A guardian sends the signals in time, while `communicate` talks to the program until it is gone."""

import asyncio
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NamedTuple


class CommandResult(NamedTuple):
    """How a program ended, and what it wrote."""

    returncode: int
    stdout: bytes
    stderr: bytes
    timed_out: bool


class Guardian:
    """Ends a program in steps, beginning after `timeout` seconds."""

    def __init__(self, process: Process, timeout: float, grace: float) -> None:
        self._process = process
        self._timeout = timeout
        self._grace = grace
        self.steps = 0
        self._watching = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        await asyncio.sleep(self._timeout)
        self.step(self._process.terminate)
        await asyncio.sleep(self._grace)
        self.step(self._process.kill)

    def step(self, send: Callable[[], None]) -> None:
        """Send a signal to a program that is not gone."""
        if self._process.returncode is None:
            self.steps += 1
            with suppress(ProcessLookupError):
                send()

    async def dismiss(self) -> None:
        """Watch no longer."""
        self._watching.cancel()
        await asyncio.wait([self._watching])


async def run_command(argv: Sequence[str], *, stdin: bytes = b"", timeout: float, grace: float = 1.0) -> CommandResult:
    """Run `argv` with `stdin` as its input, for `timeout` seconds at most."""
    process = await asyncio.create_subprocess_exec(*argv, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    guardian = Guardian(process, timeout, grace)
    try:
        stdout, stderr = await process.communicate(stdin)
    except asyncio.CancelledError:
        guardian.step(process.kill)
        await process.wait()
        raise
    finally:
        await guardian.dismiss()
    assert process.returncode is not None
    return CommandResult(process.returncode, stdout, stderr, guardian.steps > 0)
