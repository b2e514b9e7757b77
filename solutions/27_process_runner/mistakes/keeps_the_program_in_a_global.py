"""concurrency: keeps the program in a global variable, which the next call overwrites."""

import asyncio
from asyncio.subprocess import PIPE
from typing import NamedTuple


class CommandResult(NamedTuple):
    returncode: int
    stdout: bytes
    stderr: bytes
    timed_out: bool


async def run_command(argv, *, stdin=b"", timeout, grace=1.0):
    global process
    process = await asyncio.create_subprocess_exec(*argv, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    try:
        async with asyncio.timeout(timeout):
            stdout, stderr = await process.communicate(stdin)
        return CommandResult(process.returncode, stdout, stderr, False)
    except TimeoutError:
        process.terminate()
        try:
            async with asyncio.timeout(grace):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
        return CommandResult(process.returncode, b"", b"", True)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
