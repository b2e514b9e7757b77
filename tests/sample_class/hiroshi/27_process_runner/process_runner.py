"""Process runner: run a program, feed it, collect its output, and be sure that it ends."""

import asyncio
from asyncio.subprocess import PIPE
from collections.abc import Sequence
from typing import NamedTuple


class CommandResult(NamedTuple):
    """How a program ended, and what it wrote."""

    returncode: int
    stdout: bytes
    stderr: bytes
    timed_out: bool


async def run_command(argv: Sequence[str], *, stdin: bytes = b"", timeout: float, grace: float = 1.0) -> CommandResult:
    """Run `argv` with `stdin` as its input, for `timeout` seconds at most."""
    process = await asyncio.create_subprocess_exec(*argv, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    # TODO: feed the program while its output is read, and end it when its time is up or nobody waits for it.
    returncode = await process.wait()
    return CommandResult(returncode, await process.stdout.read(), await process.stderr.read(), timed_out=False)
