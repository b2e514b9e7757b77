"""correctness: takes a negative return code for a sign that the time was up, and any other for none."""

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
    talking = asyncio.create_task(process.communicate(stdin))
    gone = asyncio.create_task(process.wait())
    try:
        await asyncio.wait({gone}, timeout=timeout)
        if not gone.done():
            process.terminate()
            await asyncio.wait({gone}, timeout=grace)
        if not gone.done():
            process.kill()
        returncode = await gone
        stdout, stderr = await talking
        return CommandResult(returncode, stdout, stderr, timed_out=returncode < 0)
    except asyncio.CancelledError:
        if process.returncode is None:
            process.kill()
        await process.wait()
        talking.cancel()
        await asyncio.wait({talking})
        raise
