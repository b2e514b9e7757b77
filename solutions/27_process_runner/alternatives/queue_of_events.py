"""Everything that happens to the program is an event in one queue, and one loop answers them."""

import asyncio
import contextlib
from asyncio.subprocess import PIPE
from collections.abc import Sequence
from typing import NamedTuple


class CommandResult(NamedTuple):
    """How a program ended, and what it wrote."""

    returncode: int
    stdout: bytes
    stderr: bytes
    timed_out: bool


Queue = asyncio.Queue[tuple[str, bytes]]


async def report(events: Queue, kind: str, pipe: asyncio.StreamReader) -> None:
    """Tell what comes from a pipe, and its end."""
    while piece := await pipe.read(2**16):
        events.put_nowait((kind, piece))
    events.put_nowait(("end of output", b""))


async def feed(pipe: asyncio.StreamWriter, data: bytes) -> None:
    """Write `data`, and close the pipe; who does not want to read need not."""
    with contextlib.suppress(OSError):
        pipe.write(data)
        await pipe.drain()
    pipe.close()


async def watch(events: Queue, process: asyncio.subprocess.Process) -> None:
    """Tell when the program is gone."""
    await process.wait()
    events.put_nowait(("end of program", b""))


async def run_command(argv: Sequence[str], *, stdin: bytes = b"", timeout: float, grace: float = 1.0) -> CommandResult:
    """Run `argv` with `stdin` as its input, for `timeout` seconds at most."""
    process = await asyncio.create_subprocess_exec(*argv, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    assert process.stdin and process.stdout and process.stderr
    loop, events = asyncio.get_running_loop(), Queue()
    timers = [
        loop.call_later(timeout, events.put_nowait, ("ask", b"")),
        loop.call_later(timeout + grace, events.put_nowait, ("kill", b"")),
    ]
    helpers = [
        asyncio.create_task(report(events, "stdout", process.stdout)),
        asyncio.create_task(report(events, "stderr", process.stderr)),
        asyncio.create_task(feed(process.stdin, stdin)),
        asyncio.create_task(watch(events, process)),
    ]
    outputs = {"stdout": bytearray(), "stderr": bytearray()}
    timed_out, awaited = False, 3
    try:
        while awaited:
            match await events.get():
                case ("stdout" | "stderr") as kind, piece:
                    outputs[kind] += piece
                case "ask", _ if process.returncode is None:
                    timed_out = True
                    process.terminate()
                case "kill", _ if process.returncode is None:
                    process.kill()
                case (("end of output" | "end of program"), _):
                    awaited -= 1
    finally:
        for timer in timers:
            timer.cancel()
        if process.returncode is None:
            process.kill()
            await process.wait()
        for helper in helpers:
            helper.cancel()
    assert process.returncode is not None
    return CommandResult(process.returncode, bytes(outputs["stdout"]), bytes(outputs["stderr"]), timed_out)
