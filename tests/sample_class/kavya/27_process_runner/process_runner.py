"""`communicate` serves the pipes, a timeout limits it, and a `finally` makes sure that the program is gone."""

import asyncio
from asyncio.subprocess import PIPE, Process
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
    try:
        async with asyncio.timeout(timeout):
            stdout, stderr = await process.communicate(stdin)
        return CommandResult(process.returncode, stdout, stderr, timed_out=False)
    except TimeoutError:
        await end(process, grace)
        return CommandResult(process.returncode, b"", b"", timed_out=True)
    finally:
        # Reached with a living program only when this call is cancelled, in the grace period too.
        if process.returncode is None:
            process.kill()
            await process.wait()


async def end(process: Process, grace: float) -> None:
    """Ask the program to end; kill it if it is still there `grace` seconds later."""
    process.terminate()
    try:
        async with asyncio.timeout(grace):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
