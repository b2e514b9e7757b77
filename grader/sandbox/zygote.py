"""The zygote: a warm process that forks a fresh child for each test.

It imports asyncio, aiohttp and the kit's own side of the boundary once. It never runs a line of a
submission, and knows nothing of suites. One zygote serves one submission; a zygote makes the next one by
forking itself, so that a thousand submissions cost a thousand forks and one import.

Run as ``python -s -P -m grader.sandbox.zygote FD LEVEL``, where FD is a connected Unix socket and LEVEL the
highest level of walls that is wanted. Requests are one byte with file descriptors attached, as
`grader.boundary.forks` says.
"""

from __future__ import annotations

import array
import asyncio
import gc
import os
import select
import signal
import socket
import sys
from typing import NoReturn

import aiohttp
import aiohttp.web

from grader.boundary.forks import ENDED, LEVELS, READY, REPLY, STARTED, ZYGOTE
from grader.sandbox import child, namespaces, walls
from grader.sandbox.walls import kernel
from grader.simulation import SimulatedLoop

LIMITS, FILTERED, ISOLATED = (LEVELS.index(level) for level in ("limits", "filtered", "isolated"))


def serve(control: socket.socket, level: int) -> NoReturn:
    """Fork on request, report the end of each child, and end when the judge closes `control`."""
    fork_child = namespaces.Table().fork if level >= ISOLATED else os.fork
    wake_up, on_signal = os.pipe()
    os.set_blocking(on_signal, False)
    os.set_blocking(wake_up, False)
    signal.signal(signal.SIGCHLD, lambda signum, frame: None)
    signal.set_wakeup_fd(on_signal)
    while True:
        readable, _, _ = select.select([control.fileno(), wake_up], [], [])
        if wake_up in readable:
            os.read(wake_up, 4096)
            _bury(control)
        if control.fileno() in readable:
            request, fds = _receive(control)
            if not request:
                os._exit(0)
            pid = os.fork() if request == ZYGOTE else fork_child()
            if pid == 0:
                signal.set_wakeup_fd(-1)
                os.close(wake_up)
                os.close(on_signal)
                control.close()
                _become(request, fds, level)
            process = os.pidfd_open(pid)
            for fd in fds:
                os.close(fd)
            socket.send_fds(control, [REPLY.pack(STARTED, pid, 0)], [process])
            os.close(process)


def _receive(control: socket.socket) -> tuple[bytes, list[int]]:
    """One request and its file descriptors; an empty request when the judge is gone."""
    try:
        request, ancillary, _, _ = control.recvmsg(1, socket.CMSG_SPACE(2 * array.array("i").itemsize))
    except ConnectionError:
        return b"", []
    fds = array.array("i")
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds.frombytes(data[: len(data) - len(data) % fds.itemsize])
    return request, list(fds)


def _bury(control: socket.socket) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        try:
            control.send(REPLY.pack(ENDED, pid, status))
        except OSError:
            os._exit(0)


def _become(request: bytes, fds: list[int], level: int) -> NoReturn:
    """In the forked process: another zygote, or the child of one test."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        if request == ZYGOTE:
            serve(socket.socket(fileno=fds[0]), level)
        if kernel.LINUX:
            # With its zygote gone nobody could tell how a child ended; with the judge gone nobody would end it.
            kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        channel, output = fds
        nothing = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((nothing, 0), (output, 1), (output, 2)):
            os.dup2(source, target)
        child.watch_for_stalls()
        child.main(socket.socket(fileno=_only(channel)), filtered=level >= FILTERED)
    finally:
        os._exit(70)


def _only(fd: int) -> int:
    """Close every descriptor but the standard ones and `fd`, which becomes 3."""
    if fd != 3:
        os.dup2(fd, 3)
    os.closerange(4, 1 << 12)
    return 3


async def _rehearse() -> None:
    """A few requests in memory, so that what Python and aiohttp do only the first time is done."""

    async def answer(request: aiohttp.web.BaseRequest) -> aiohttp.web.Response:
        return aiohttp.web.Response(text="ready")

    server = aiohttp.web.Server(answer)
    await asyncio.get_running_loop().create_server(server, "warm.test", 80)
    async with aiohttp.ClientSession() as session:
        for _ in range(5):
            async with asyncio.TaskGroup() as group:
                for _ in range(3):
                    group.create_task(_request(session))
    await server.shutdown()


async def _request(session: aiohttp.ClientSession) -> str:
    async with session.get("http://warm.test/") as response:
        return await response.text()


def _reachable(wanted: int) -> int:
    """The level of walls that this machine reaches, at most `wanted`."""
    if wanted < FILTERED or not walls.can_filter():
        return LIMITS
    return wanted if wanted >= ISOLATED and namespaces.available() else FILTERED


def main() -> None:
    """Move into namespaces where there are any, warm up, then serve."""
    control = socket.socket(fileno=int(sys.argv[1]))
    level = _reachable(LEVELS.index(sys.argv[2]))
    if level >= ISOLATED:
        namespaces.move_in()
    with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
        runner.run(_rehearse())
    gc.collect()
    gc.freeze()
    control.send(REPLY.pack(READY, 0, level))
    serve(control, level)


if __name__ == "__main__":
    main()
