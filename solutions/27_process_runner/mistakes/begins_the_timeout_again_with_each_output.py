"""concurrency: begins the time limit again with each piece of output, so that a program that talks never ends."""

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


async def feed(pipe: asyncio.StreamWriter, data: bytes) -> None:
    """Write `data`, and close the pipe."""
    try:
        pipe.write(data)
        await pipe.drain()
    except (BrokenPipeError, ConnectionResetError):
        pass
    pipe.close()


async def run_command(argv: Sequence[str], *, stdin: bytes = b"", timeout: float, grace: float = 1.0) -> CommandResult:
    """Run `argv` with `stdin` as its input, for `timeout` seconds at most."""
    loop = asyncio.get_running_loop()
    process = await asyncio.create_subprocess_exec(*argv, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    outputs = {process.stdout: b"", process.stderr: b""}
    deadline = loop.time() + timeout

    async def collect(pipe: asyncio.StreamReader) -> None:
        nonlocal deadline
        while piece := await pipe.read(2**16):
            outputs[pipe] += piece
            deadline = loop.time() + timeout

    gone = asyncio.create_task(process.wait())
    tasks = [gone, asyncio.create_task(feed(process.stdin, stdin)), *(asyncio.create_task(collect(p)) for p in outputs)]
    timed_out = False
    try:
        while not gone.done() and loop.time() < deadline:
            await asyncio.wait({gone}, timeout=deadline - loop.time())
        if not gone.done():
            timed_out = True
            process.terminate()
            await asyncio.wait({gone}, timeout=grace)
        if not gone.done():
            process.kill()
        await asyncio.gather(*tasks)
        return CommandResult(gone.result(), *outputs.values(), timed_out)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
