"""One task communicates from beginning to end; the caller waits on it with longer and longer patience.

The program is read until its very end, so that all of its output is kept, even after a timeout.
"""

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
    talk = asyncio.create_task(process.communicate(stdin))
    try:
        await asyncio.wait({talk}, timeout=timeout)
        timed_out = not talk.done()
        if timed_out:
            process.terminate()
            await asyncio.wait({talk}, timeout=grace)
        if not talk.done():
            process.kill()
        stdout, stderr = await talk
        return CommandResult(process.returncode, stdout, stderr, timed_out)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        talk.cancel()
        await asyncio.gather(talk, return_exceptions=True)
