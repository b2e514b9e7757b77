"""cancellation: ends the program when it is cancelled, but returns a result as if nothing had happened."""

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
    except (TimeoutError, asyncio.CancelledError):
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
