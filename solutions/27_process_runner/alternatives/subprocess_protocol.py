"""Callbacks below the streams: a `SubprocessProtocol` collects, timers send the signals."""

import asyncio
from typing import NamedTuple


class CommandResult(NamedTuple):
    returncode: int
    stdout: bytes
    stderr: bytes
    timed_out: bool


class Collector(asyncio.SubprocessProtocol):
    def __init__(self):
        self.output = {1: bytearray(), 2: bytearray()}
        self.gone = asyncio.get_running_loop().create_future()

    def pipe_data_received(self, fd, data):
        self.output[fd] += data

    def connection_lost(self, exc):
        if not self.gone.done():
            self.gone.set_result(None)


async def run_command(argv, *, stdin=b"", timeout, grace=1.0):
    loop = asyncio.get_running_loop()
    transport, collector = await loop.subprocess_exec(Collector, *argv)
    pipe = transport.get_pipe_transport(0)
    pipe.write(stdin)
    pipe.close()
    signals = []

    def send(name):
        if not collector.gone.done() and transport.get_returncode() is None:
            signals.append(name)
            getattr(transport, name)()

    timers = [loop.call_later(timeout, send, "terminate"), loop.call_later(timeout + grace, send, "kill")]
    try:
        await asyncio.shield(collector.gone)
    finally:
        for timer in timers:
            timer.cancel()
        send("kill")
        await collector.gone
        transport.close()
    output = [bytes(collector.output[fd]) for fd in (1, 2)]
    return CommandResult(transport.get_returncode(), *output, "terminate" in signals)
