"""concurrency: returns when the time is up, and lets the program run on."""

import asyncio
from asyncio.subprocess import PIPE
from typing import NamedTuple


class CommandResult(NamedTuple):
    returncode: int
    stdout: bytes
    stderr: bytes
    timed_out: bool


async def run_command(argv, *, stdin=b"", timeout, grace=1.0):
    process = await asyncio.create_subprocess_exec(*argv, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    try:
        async with asyncio.timeout(timeout):
            stdout, stderr = await process.communicate(stdin)
        return CommandResult(process.returncode, stdout, stderr, False)
    except TimeoutError:
        return CommandResult(-15, b"", b"", True)
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
