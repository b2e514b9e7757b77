"""The sandbox of one test, as the judge deals with it: turns, questions, notes, and the end."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

import msgspec

from grader.boundary.channel import ChannelClosed, judge_channel
from grader.boundary.errors import ProtocolFault
from grader.boundary.messages import (
    Answer,
    Ask,
    Call,
    Cancelled,
    Cancelling,
    Examination,
    Examine,
    Fault,
    FrameToSandbox,
    Go,
    Idle,
    Inspect,
    Inspection,
    Load,
    Loaded,
    Note,
    NotLoaded,
    Outcome,
    Raised,
    Ready,
    Returned,
    ToJudge,
    ToSandbox,
)
from grader.boundary.peer import Peer
from grader.judge.custody import Custody, grader_fault
from grader.judge.endings import (
    AT_BREAKPOINT,
    LEFT_DEBUGGER,
    OUT_OF_MEMORY,
    CouldNotImport,
    Died,
    Foul,
    GraderFault,
    Stuck,
    SubmissionFault,
)
from grader.judge.exports import is_exportable
from grader.judge.recorder import CallRecorder
from grader.judge.switchboard import Switchboard
from grader.records.results import Fact
from grader.simulation import SimulatedLoop

if TYPE_CHECKING:
    from grader.judge.world import JudgeMachine

Frame = TypeVar("Frame", Idle, Answer, Inspection)

#: Turns of the sandbox in one test before it counts as never ending.
MOST_TURNS = 50_000
#: Notes of one test that are kept, and characters of each.
MOST_NOTES = 100
MOST_NOTE = 500
#: Messages of one test, and questions in one turn, beyond which the submission is out of hand.
MOST_MESSAGES = 1_000_000
MOST_QUESTIONS = 100_000


class Companion:
    """The sandbox of one test, as the judge deals with it. `exercise` is the name by which a student calls it."""

    def __init__(
        self, machine: JudgeMachine, loop: SimulatedLoop, custody: Custody, *, exercise: str = "EXERCISE"
    ) -> None:
        self.deadline: float | None = None
        self.notes: list[Note] = []
        self.cancelled_at: dict[int, int] = {}
        self.loaded: asyncio.Future[dict[str, str]] = loop.create_future()
        self.custody = custody
        self._machine = machine
        self._loop = loop
        self._exercise = exercise
        self._channel = judge_channel(custody.sock, custody.wait_readable, custody.wait_writable)
        self._inbox: list[ToSandbox] = []
        self._replies: list[Returned | Raised | Cancelled] = []
        self._touched = False
        self._told = False
        self._turns = 0
        self._messages = 0
        self._questions = 0
        self._talking = 0
        self._code_runs = False
        self.peer = Peer(
            self,
            may_export=is_exportable,
            observer=CallRecorder(machine.recorder),
            on_fault=lambda fault: self.fail(_foul(fault)),
        )
        self.switchboard = Switchboard(machine, loop, self.post, self._guard)

    # -- turns --------------------------------------------------------------------------------------

    def load(self, module: str, source: bytes, *, debug: bool = False) -> None:
        """Give the sandbox the submission, and its first turn."""
        self.custody.filename = f"{module}.py"
        self.custody.source = source.decode("utf-8", "replace").splitlines()
        self._exchange(Load(module, source, self._machine.seed, debug))

    @property
    def has_something_to_do(self) -> bool:
        """Whether there are messages for the sandbox, or it was asked something since its last turn."""
        return bool(self._inbox) or self._touched

    def turn(self) -> None:
        """Let the sandbox run until nothing there can run."""
        messages, self._inbox = tuple(self._inbox), []
        self._told |= bool(messages)
        self._touched = False
        self._turns += 1
        if self._turns > MOST_TURNS:
            raise self.fail(Stuck(f"The code still runs after {MOST_TURNS:,} turns: something repeats for ever."))
        self._exchange(Go(self._machine.now, messages))

    def _exchange(self, frame: FrameToSandbox) -> None:
        idle = self._talk(frame, Idle)
        self.deadline = self._deadline(idle)
        self._messages += len(idle.messages)
        if self._messages > MOST_MESSAGES:
            raise self.fail(Foul(f"The code spoke to the grader more than {MOST_MESSAGES:,} times."))
        others: list[ToJudge] = []
        for message in idle.messages:
            if isinstance(message, (Returned, Raised, Cancelled)):
                self._replies.append(message)
            else:
                others.append(message)
        if others:
            self._loop.call_soon_threadsafe(self._take_all, others)

    def _deadline(self, idle: Idle) -> float | None:
        if idle.deadline is None or idle.deadline == math.inf:
            return None
        if not math.isfinite(idle.deadline):
            raise self.fail(Foul("The code asked the grader to be woken at a time that does not exist."))
        # The clock never goes back.
        return max(idle.deadline, self._machine.now)

    def _until(self, wanted: type[Frame]) -> Frame:
        """The next frame of the wanted kind; what the sandbox asks meanwhile is answered."""
        while True:
            try:
                frame = self._channel.receive()
            except ProtocolFault as fault:
                raise self.fail(_foul(fault)) from None
            if isinstance(frame, Ready) and not self._code_runs:
                self._code_runs = True
            elif isinstance(frame, Ask):
                self._questions += 1
                if self._questions > MOST_QUESTIONS:
                    raise self.fail(Stuck(f"The code has called back {MOST_QUESTIONS:,} times without awaiting."))
                self._told = True
                self._channel.send(Answer(self._answer(frame.call)))
            elif isinstance(frame, Fault):
                self._keep(frame.notes)
                raise self.fail(_named(frame, self._exercise))
            elif isinstance(frame, wanted):
                return frame
            else:
                raise self.fail(Foul("The code spoke to the grader out of turn."))

    def _answer(self, call: Call) -> Outcome:
        try:
            _check_call(call)
            return self.peer.answer(call)
        except ProtocolFault as fault:
            raise self.fail(_foul(fault)) from None

    def deliver_replies(self) -> bool:
        """Tell the test how its calls ended, once everything else of this instant has been settled."""
        replies, self._replies = self._replies, []
        for reply in replies:
            self._loop.call_soon_threadsafe(self._guard, lambda reply=reply: self.peer.receive(reply))
        return bool(replies)

    def _guard(self, function: Callable[[], None]) -> None:
        """Run `function`; a fault in what the sandbox has sent ends the test."""
        try:
            function()
        except ProtocolFault as fault:
            self.fail(_foul(fault))
        except MemoryError:
            self.fail(GraderFault(OUT_OF_MEMORY))
        except Exception as exc:
            self.fail(GraderFault(f"The grader failed: {type(exc).__name__}: {exc}"[:300]))

    def _take_all(self, messages: list[ToJudge]) -> None:
        for message in messages:
            self._guard(lambda message=message: self._take(message))  # type: ignore[misc]

    def _take(self, message: ToJudge) -> None:
        if isinstance(message, Note):
            self._note(message)
        elif isinstance(message, Cancelling):
            self.cancelled_at[message.id] = message.line
        elif isinstance(message, Loaded):
            self._settle_loaded(message.members, None)
        elif isinstance(message, NotLoaded):
            self._settle_loaded({}, message)
        elif isinstance(message, Call):
            _check_call(message)
            self.peer.receive(message)
        elif isinstance(message, (Returned, Raised, Cancelled)) or not self.switchboard.take(message):
            self.peer.receive(message)  # type: ignore[arg-type]

    def _note(self, note: Note) -> None:
        if not 0 <= note.start <= note.end < math.inf:
            raise ProtocolFault("a note of a time that does not exist was sent")
        self._keep([note])
        if note.kind == "blocked":
            detail = f"line {note.line}" if note.line else ""
            self._machine.recorder.span("blocked", "event loop blocked", note.start, note.end, detail)

    def _keep(self, notes: Sequence[Note]) -> None:
        kept = notes[: MOST_NOTES - len(self.notes)]
        self.notes += [msgspec.structs.replace(note, text=note.text[:MOST_NOTE]) for note in kept]

    def _settle_loaded(self, members: dict[str, str], failure: NotLoaded | None) -> None:
        if self.loaded.done():
            raise ProtocolFault("the code said twice that it was loaded")
        if failure is None:
            self.loaded.set_result(members)
        else:
            exc = self.peer.packer.unpack(failure.error)
            self.loaded.set_exception(_not_loaded(exc, failure.line, public=not self._told))

    # -- the peer's link --------------------------------------------------------------------------------

    def post(self, message: ToSandbox | Cancelling) -> None:
        """Send with the sandbox's next turn."""
        assert not isinstance(message, Cancelling), "only the sandbox is asked to cancel at an await"
        self._inbox.append(message)

    def ask(self, call: Call) -> Outcome:
        """Have the sandbox do something at once."""
        if self._machine.fault is not None:
            raise self._machine.fault
        self._touched = self._told = True
        return self._talk(Ask(self._machine.now, call), Answer).outcome

    def block(self, ready: Callable[[], bool]) -> None:
        """Stop the calling thread until `ready()`."""
        self._machine.turns.park(ready)

    def _talk(self, frame: FrameToSandbox, wanted: type[Frame]) -> Frame:
        if not self._talking:
            # What is asked while the sandbox has the turn belongs to that turn.
            self._questions = 0
            self.custody.begin_turn()
        self._talking += 1
        try:
            self._channel.send(frame)
            return self._until(wanted)
        except ChannelClosed:
            raise self.fail(self._cause_of_death()) from None
        except SubmissionFault as fault:
            raise self.fail(fault) from None
        except MemoryError:
            raise self.fail(GraderFault(OUT_OF_MEMORY)) from None
        finally:
            self._talking -= 1

    # -- the end ------------------------------------------------------------------------------------------

    def _cause_of_death(self) -> SubmissionFault | GraderFault:
        try:
            return self.custody.cause_of_death()
        except GraderFault as fault:
            return fault

    def inspect(self) -> Inspection:
        """What waits in the sandbox."""
        return self._talk(Inspect(), Inspection)

    def examine(self, *, stuck: bool = False) -> None:
        """Ask the sandbox, whose turn it is not, what there is to be said of a test that has failed.

        Nothing that befalls it meanwhile is a fault: the verdict is known.
        """
        self.custody.begin_turn()
        with contextlib.suppress(ChannelClosed, ProtocolFault, SubmissionFault):
            self._channel.send(Examine(stuck))
            frame = self._channel.receive()
            if isinstance(frame, Examination):
                self._keep(frame.notes)

    def fail(self, fault: SubmissionFault | GraderFault) -> SubmissionFault | GraderFault:
        """The test is over: remember the first fault, whatever the test makes of it, and let go of the sandbox.

        Before the first line of the submission no fault is the submission's.
        """
        if isinstance(fault, SubmissionFault) and not self._code_runs:
            fault = grader_fault(f"broke down before any of the code ran{fault.how and f' ({fault.how})'}")
        if self._machine.fault is None:
            self._machine.fault = fault
            if not isinstance(fault, Stuck):
                self._machine.recorder.mark("died" if isinstance(fault, Died) else "fault", str(fault))
        self.end()
        return fault

    def end(self) -> None:
        """Kill the sandbox; harmless when repeated."""
        if self._machine.companion is self:
            self._machine.companion = None
        self.peer.closed = True
        self.custody.end()


def _check_call(call: Call) -> None:
    """Refuse what a submission never asks of a suite's objects."""
    if call.cancel_at:
        raise ProtocolFault("a call was sent that asks to be cancelled")
    if call.operation == "set":
        raise ProtocolFault("an attribute of an object of the test was to be changed")


def _foul(fault: ProtocolFault) -> Foul:
    return Foul(f"The code broke the rules of the grader's boundary: {fault}.")


def _named(frame: Fault, exercise: str) -> SubmissionFault:
    line = frame.line or None
    if frame.kind == "livelock":
        return Stuck(frame.text[:300], facts=[Fact("runs", each[:200]) for each in frame.lines[:10]], line=line)
    if frame.kind == "breakpoint":
        return Died(AT_BREAKPOINT.format(exercise=exercise), line=line)
    if frame.kind == "left":
        return Died(LEFT_DEBUGGER, line=line)
    return Died(f"The code ended the program with {frame.text[:50]}; a function must return or raise.", line=line)


def _not_loaded(exc: object, line: int, *, public: bool) -> SubmissionFault:
    place = f" in line {line}" if line else ""
    kind = "has a syntax error" if isinstance(exc, SyntaxError) else "cannot be imported"
    detail = f"{type(exc).__name__}: {exc}"[:300] if isinstance(exc, BaseException) else ""
    return CouldNotImport(f"The file {kind}{place}: {detail}", line=line or None, public=public)
