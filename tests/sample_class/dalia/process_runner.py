"""A task group of a feeder, two readers and a waiter; what was read before the timeout is kept."""

import asyncio
from asyncio.subprocess import PIPE
from contextlib import suppress
from typing import NamedTuple


class CommandResult(NamedTuple):
    returncode: int
    stdout: bytes
    stderr: bytes
    timed_out: bool


async def run_command(argv, *, stdin=b"", timeout, grace=1.0):
    process = await asyncio.create_subprocess_exec(*argv, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    stdout, stderr = bytearray(), bytearray()
    timed_out = False
    try:
        async with asyncio.timeout(timeout), asyncio.TaskGroup() as group:
            group.create_task(feed(process.stdin, stdin))
            group.create_task(collect(process.stdout, stdout))
            group.create_task(collect(process.stderr, stderr))
            group.create_task(process.wait())
    except TimeoutError:
        timed_out = True
    finally:
        # The same polite end after a timeout and after a cancellation.
        await end(process, grace)
    return CommandResult(process.returncode, bytes(stdout), bytes(stderr), timed_out)


async def feed(pipe, data):
    with suppress(BrokenPipeError, ConnectionResetError):
        pipe.write(data)
        await pipe.drain()
    pipe.close()


async def collect(pipe, buffer):
    while chunk := await pipe.read(65536):
        buffer += chunk


async def end(process, grace):
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(grace):
            await process.wait()
    except TimeoutError:
        pass
    finally:
        # Here after the grace period, and also when it is cut short by a cancellation.
        if process.returncode is None:
            process.kill()
            await process.wait()
