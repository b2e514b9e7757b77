"""A context manager owns the program; inside it, `gather` and `wait_for`."""

import asyncio
from asyncio.subprocess import PIPE
from contextlib import asynccontextmanager
from typing import NamedTuple


class CommandResult(NamedTuple):
    returncode: int
    stdout: bytes
    stderr: bytes
    timed_out: bool


@asynccontextmanager
async def program(argv):
    process = await asyncio.create_subprocess_exec(*argv, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def feed(process, data):
    try:
        for start in range(0, len(data), 16384):
            process.stdin.write(data[start : start + 16384])
            await process.stdin.drain()
    except OSError:
        pass
    finally:
        process.stdin.close()


async def run_command(argv, *, stdin=b"", timeout, grace=1.0):
    async with program(argv) as process:
        conversation = asyncio.gather(
            process.stdout.read(), process.stderr.read(), feed(process, stdin), process.wait()
        )
        try:
            stdout, stderr, _, returncode = await asyncio.wait_for(conversation, timeout)
            return CommandResult(returncode, stdout, stderr, False)
        except TimeoutError:
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), grace)
        except TimeoutError:
            process.kill()
        return CommandResult(await process.wait(), b"", b"", True)
