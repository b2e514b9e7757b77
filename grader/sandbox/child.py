"""One child: it loads the submission, takes turns with the judge, and is killed when the test is over."""

from __future__ import annotations

import asyncio
import faulthandler
import gc
import io
import os
import random
import signal
import socket
import sys
import warnings
from collections.abc import Callable

from grader.boundary.channel import ChannelClosed, sandbox_channel
from grader.boundary.messages import Fault, Inspection, Load, Loaded, Note, NotLoaded, Ready, Waiting
from grader.boundary.peer import Peer
from grader.boundary.values import Shapes
from grader.sandbox import sockets, toolbox, walls
from grader.sandbox.submission import Submission, watch
from grader.sandbox.world import SandboxMachine
from grader.simulation import Livelock, SimulatedLoop
from grader.simulation.waiting import waiters

#: More notes than these help nobody.
MOST_NOTES = 50


def main(sock: socket.socket, *, filtered: bool) -> None:
    """Serve one test over `sock`, until the judge ends the process."""
    channel = sandbox_channel(sock)
    frame = channel.receive()
    assert isinstance(frame, Load)
    sockets.install()
    walls.raise_walls(filtered=filtered)
    # Collection happens when a test asks for it, never in between: it would depend on the memory used so far.
    gc.disable()
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Whatever becomes of this process, the lines that it has printed are told.
        sys.stdout.reconfigure(line_buffering=True)
    random.seed(frame.seed)
    submission = Submission(frame.module, frame.source)
    machine = SandboxMachine(channel, seed=frame.seed)
    _use_simulated_loops(machine)
    loop = SimulatedLoop(machine)
    asyncio.set_event_loop(None)
    machine.loop = loop
    machine.inspect = lambda: _inspect(loop, submission)
    tools = toolbox.Toolbox(submission.module)
    machine.peer = Peer(
        machine,
        root=tools,
        shapes=Shapes(lambda name: vars(submission.module).get(name)),
        trace_line=submission.line_of,
    )
    watch(loop, submission, _notes(machine))
    machine.on_blocked = lambda start, end: machine.post(
        Note("blocked", "the event loop was blocked", submission.current_line(), start, end)
    )
    try:
        with machine.running():
            channel.send(Ready())
            _load(machine, submission)
            loop.run_forever()
    except ChannelClosed:
        pass
    except Livelock as exc:
        line = next((waiter.line for waiter in waiters(loop) if waiter.filename == submission.filename), 0)
        channel.send(Fault("livelock", exc.sentence, exc.waiting, line))
    except (SystemExit, KeyboardInterrupt) as exc:
        channel.send(Fault("exit", type(exc).__name__, (), submission.line_of(exc)))
    finally:
        _flush()
        os._exit(0)


def watch_for_stalls() -> None:
    """Have the judge's signal print where every thread stands, whatever the process is doing."""
    if hasattr(faulthandler, "register"):
        faulthandler.register(signal.SIGUSR1, file=sys.__stderr__ or 2, all_threads=True)


def _load(machine: SandboxMachine, submission: Submission) -> None:
    try:
        submission.load()
    except Exception as exc:
        machine.post(NotLoaded(machine.peer.packer.pack(exc), submission.line_of(exc)))
    else:
        machine.post(Loaded(dict(submission.members())))


def _use_simulated_loops(machine: SandboxMachine) -> None:
    """Have `asyncio.run` in a thread of the submission make a loop of the same machine."""

    class Policy(asyncio.DefaultEventLoopPolicy):
        def new_event_loop(self) -> asyncio.AbstractEventLoop:
            return SimulatedLoop(machine)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        asyncio.set_event_loop_policy(Policy())


def _notes(machine: SandboxMachine) -> Callable[[str, str, int], None]:
    told = 0

    def tell(kind: str, text: str, line: int) -> None:
        nonlocal told
        told += 1
        if told <= MOST_NOTES:
            machine.post(Note(kind, text[:500], line))  # type: ignore[arg-type]

    return tell


def _inspect(loop: SimulatedLoop, submission: Submission) -> Inspection:
    return Inspection(
        tuple(
            Waiting(
                waiter.coroutine[:200],
                waiter.line if waiter.filename == submission.filename else 0,
                waiter.call[:200],
            )
            for waiter in waiters(loop)
        )[:100]
    )


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            continue
