"""concurrency: writes the input before the time limit begins to count."""

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
    readers = asyncio.gather(process.stdout.read(), process.stderr.read())
    try:
        await feed(process.stdin, stdin)
        async with asyncio.timeout(timeout):
            stdout, stderr = await readers
            await process.wait()
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
