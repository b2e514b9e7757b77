"""One child: it loads the submission, takes turns with the judge, and is killed when the test is over."""

from __future__ import annotations

import asyncio
import faulthandler
import functools
import gc
import os
import random
import signal
import socket
import sys
import warnings
from collections.abc import Callable
from typing import NoReturn

import msgspec

from grader.boundary.channel import Channel, ChannelClosed, sandbox_channel
from grader.boundary.messages import (
    Examination,
    Fault,
    FrameToJudge,
    FrameToSandbox,
    Inspection,
    Load,
    Loaded,
    Note,
    NoteKind,
    NotLoaded,
    Ready,
    Waiting,
)
from grader.boundary.peer import Peer
from grader.boundary.values import Shapes
from grader.sandbox import debugger, output, sockets, toolbox, walls
from grader.sandbox.diagnosis import Diagnosis
from grader.sandbox.submission import Submission
from grader.sandbox.world import SandboxMachine
from grader.simulation import Livelock, SimulatedLoop
from grader.simulation.waiting import circle, everybody, waiters

#: More notes than these help nobody.
MOST_NOTES = 50


def main(sock: socket.socket, *, filtered: bool) -> None:
    """Serve one test over `sock`, until the judge ends the process."""
    channel = sandbox_channel(sock)
    frame = channel.receive()
    assert isinstance(frame, Load)
    sockets.install()
    if not frame.debug:
        walls.raise_walls(filtered=filtered)
    # Collection happens when a test asks for it, never in between: it would depend on the memory used so far.
    gc.disable()
    random.seed(frame.seed)
    submission = Submission(frame.module, frame.source)
    machine = SandboxMachine(channel, seed=frame.seed)
    notes = Notes(machine)
    diagnosis = Diagnosis(submission, machine, notes.tell, lambda: machine.peer.running)
    end = functools.partial(_end, channel, machine)
    _stop_at_breakpoints(end, submission, debug=frame.debug)
    output.install(lambda: machine.now)
    _use_simulated_loops(machine, diagnosis, debug=frame.debug)
    loop = SimulatedLoop(machine)
    loop.set_debug(frame.debug)
    asyncio.set_event_loop(None)
    machine.loop = loop
    machine.inspect = lambda: _inspect(machine, submission)
    machine.examine = lambda stuck: notes.examination(diagnosis, stuck)
    machine.peer = Peer(
        machine,
        root=toolbox.Toolbox(submission.module),
        shapes=Shapes(lambda name: vars(submission.module).get(name)),
        trace_line=submission.line_of,
    )
    diagnosis.watch()
    diagnosis.watch_loop(loop)
    machine.on_blocked = lambda start, end: machine.post(
        Note("blocked", submission.current_call()[:200], submission.current_line(), start, end)
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
        end(Fault("livelock", exc.sentence, exc.waiting, line))
    except (SystemExit, KeyboardInterrupt) as exc:
        end(Fault("exit", type(exc).__name__, (), submission.line_of(exc)))
    finally:
        output.flush()
        os._exit(0)


def _end(channel: Channel[FrameToJudge, FrameToSandbox], machine: SandboxMachine, fault: Fault) -> NoReturn:
    """Tell the judge why this process ends, with the notes that it has not been told, and end it."""
    output.flush()
    channel.send(msgspec.structs.replace(fault, notes=machine.take_notes()))
    os._exit(0)


def _stop_at_breakpoints(end: Callable[[Fault], NoReturn], submission: Submission, *, debug: bool) -> None:
    """Open the debugger at a breakpoint; where there is no terminal for it, end the test there."""
    if debug:
        debugger.take_terminal()
        debugger.install(submission.filename, lambda: end(Fault("left", "", (), submission.current_line())))
    else:
        debugger.replace(lambda: end(Fault("breakpoint", "", (), submission.current_line())))


class Notes:
    """The notes of one test, on their way to the judge."""

    def __init__(self, machine: SandboxMachine) -> None:
        self._machine = machine
        self._told = 0

    def tell(self, kind: NoteKind, text: str, line: int) -> None:
        self._told += 1
        if self._told <= MOST_NOTES:
            self._machine.post(Note(kind, text[:500], line))

    def examination(self, diagnosis: Diagnosis, stuck: bool) -> Examination:
        """What there is to be said when the test has failed, in an order that no version of Python changes."""
        output.mute()
        before = self._machine.take_notes()
        diagnosis.examine(stuck=stuck)
        found = sorted(self._machine.take_notes(), key=lambda note: (note.line, note.kind, note.text))
        return Examination((*before, *found))


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


def _use_simulated_loops(machine: SandboxMachine, diagnosis: Diagnosis, *, debug: bool) -> None:
    """Have `asyncio.run` in a thread of the submission make a loop of the same machine."""

    class Policy(asyncio.DefaultEventLoopPolicy):
        def new_event_loop(self) -> asyncio.AbstractEventLoop:
            loop = SimulatedLoop(machine)
            loop.set_debug(debug)
            diagnosis.watch_loop(loop)
            return loop

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        asyncio.set_event_loop_policy(Policy())


def _inspect(machine: SandboxMachine, submission: Submission) -> Inspection:
    found = everybody(machine)
    return Inspection(
        tuple(
            Waiting(
                waiter.name.replace("<locals>.", "")[:200],
                waiter.line if waiter.filename == submission.filename else 0,
                waiter.call[:200],
                waiter.why.replace("<locals>.", "")[:200],
            )
            for waiter in found[:100]
        ),
        circle(found).replace("<locals>.", "")[:300],
    )
