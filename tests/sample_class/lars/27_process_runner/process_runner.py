"""concurrency: waits for the end before it reads, so that a full pipe stops the program."""

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
            await feed(process.stdin, stdin)
            await process.wait()
            stdout, stderr = await process.stdout.read(), await process.stderr.read()
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


async def feed(pipe, data):
    try:
        pipe.write(data)
        await pipe.drain()
    except (BrokenPipeError, ConnectionResetError):
        pass
    pipe.close()
