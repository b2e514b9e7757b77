"""Everything that may cross between judge and sandbox, schema-checked on arrival.

The two sides take turns. The judge gives the turn with `Go`; the sandbox gives it back with `Idle`, once
nothing there can run. Both carry all messages that have gathered meanwhile. While one side has the turn it
may `Ask` the other for something that a plain function needs at once; the other side answers and does
nothing else.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

Operation = Literal["call", "method", "get", "set", "await", "anext", "next", "aenter", "aexit", "enter", "exit"]

#: Messages in one turn: a stream of single bytes, written until it is full, has 65,536.
MOST_MESSAGES = 250_000

#: A value in the form of `grader.boundary.values`; checked there, since msgspec cannot express it.
Packed = Any


class _Message(msgspec.Struct, array_like=True, tag=True, forbid_unknown_fields=True):
    pass


# -- calls, from either side ------------------------------------------------------------------------


class Call(_Message):
    """Do something with one of the receiver's objects; object 0 is the module or the suite itself.

    `cancel_at` asks the receiver to cancel the call at that await point (1 is the first).
    """

    id: int
    target: int
    operation: Operation
    name: str
    args: Packed
    kwargs: Packed
    cancel_at: int = 0


class Cancel(_Message):
    """Cancel the task that runs a call."""

    id: int


class Returned(_Message):
    """A call returned a value."""

    id: int
    value: Packed


class Raised(_Message):
    """A call raised; `line` is the deepest line of the submission in the traceback, 0 where there is none."""

    id: int
    error: Packed
    line: int = 0


class Cancelled(_Message):
    """A call ended by cancellation."""

    id: int


# -- streams of bytes: connections and the pipes of programs -------------------------------------------


class Data(_Message):
    stream: int
    chunk: bytes


class Eof(_Message):
    stream: int


class Closed(_Message):
    stream: int


class Reset(_Message):
    stream: int


class Consumed(_Message):
    stream: int
    size: int


class Secured(_Message):
    stream: int


# -- network: requests of the sandbox, with the judge's answers ------------------------------------------


class Resolve(_Message):
    """Which address has this name?"""

    id: int
    host: str


class Dial(_Message):
    """Open a connection; its bytes travel as `stream`."""

    id: int
    stream: int
    host: str
    port: int
    local_port: int


class Listen(_Message):
    """Take connections; each arrives as `Accepted` for `listener`."""

    id: int
    listener: int
    host: str | None
    port: int


class StopListening(_Message):
    listener: int


class Accepted(_Message):
    """A connection to one of the sandbox's listeners. Streams opened by the judge have negative numbers."""

    listener: int
    stream: int
    peer_host: str
    peer_port: int


class BindDatagrams(_Message):
    id: int
    receiver: int
    host: str | None
    port: int


class ReleaseDatagrams(_Message):
    receiver: int


class Datagram(_Message):
    """A datagram from (`host`, `port`) to the sandbox's receiver, or from it to (`host`, `port`)."""

    receiver: int
    host: str
    port: int
    chunk: bytes


class StartProgram(_Message):
    """Start a program; its pipes travel as the given streams (0: no pipe)."""

    id: int
    program: int
    argv: tuple[str, ...]
    shell: bool
    streams: tuple[int, int, int]


class SignalProgram(_Message):
    program: int
    signum: int


class ProgramEnded(_Message):
    program: int
    returncode: int


class Done(_Message):
    """The answer to a request of the sandbox: an address, or a pid as the port."""

    id: int
    host: str = ""
    port: int = 0


class Failed(_Message):
    """A request of the sandbox failed, as the operating system would have said it."""

    id: int
    kind: Literal["unknown host", "refused", "taken", "no such program"]


# -- what the sandbox tells of itself ---------------------------------------------------------------------


class Cancelling(_Message):
    """A call with `cancel_at` has reached that await point, at this line of the submission (0: outside it)."""

    id: int
    line: int


class Loaded(_Message):
    """The submission is loaded; the kind of each of its public names."""

    members: dict[str, str]


class NotLoaded(_Message):
    """Importing the submission failed."""

    error: Packed
    line: int = 0


#: The usual mistakes, and whatever else Python or asyncio complains about.
NoteKind = Literal[
    "never awaited", "blocked", "lost", "pending", "never retrieved", "swallowed", "unclosed", "unreleased", "unhandled"
]


class Note(_Message):
    """Something that a student would want to know, in a sentence; worth no points.

    Of what has blocked the event loop, the text is the call, and `start` and `end` say when (virtual seconds).
    """

    kind: NoteKind
    text: str
    line: int = 0
    start: float = 0.0
    end: float = 0.0


class Fault(_Message):
    """The sandbox cannot go on: `sys.exit`, a livelock, a breakpoint with nobody to debug, a debugger that was left."""

    kind: Literal["exit", "livelock", "breakpoint", "left"]
    text: str
    lines: tuple[str, ...] = ()
    line: int = 0
    notes: tuple[Note, ...] = ()


class Waiting(_Message):
    """One task or thread that waits in the sandbox: where its code stands, in which call of asyncio, and why."""

    name: str
    line: int
    call: str
    why: str = ""


# -- frames -----------------------------------------------------------------------------------------------

ToSandbox = (
    Call | Cancel | Returned | Raised | Cancelled
    | Data | Eof | Closed | Reset | Consumed | Secured
    | Accepted | Datagram | ProgramEnded | Done | Failed
)  # fmt: skip
ToJudge = (
    Call | Cancel | Returned | Raised | Cancelled
    | Data | Eof | Closed | Reset | Consumed | Secured
    | Resolve | Dial | Listen | StopListening | BindDatagrams | ReleaseDatagrams | Datagram
    | StartProgram | SignalProgram
    | Cancelling | Loaded | NotLoaded | Note
)  # fmt: skip
Outcome = Returned | Raised


class Load(_Message):
    """The first frame: the submission, and the turn. `seed` permutes what asyncio leaves open.

    With `debug`, asyncio's debug mode is on and the debugger has the terminal.
    """

    module: str
    source: bytes
    seed: int
    debug: bool = False


class Ready(_Message):
    """The sandbox stands, and runs the first line of the submission next; the judge does not answer."""


class Go(_Message):
    """The turn is the sandbox's, at `now` (virtual seconds)."""

    now: float
    messages: tuple[ToSandbox, ...]


class Idle(_Message):
    """The turn is the judge's: nothing here can run before `deadline` (virtual seconds), or ever."""

    deadline: float | None
    messages: Annotated[tuple[ToJudge, ...], msgspec.Meta(max_length=MOST_MESSAGES)]


class Ask(_Message):
    """A call whose answer is needed before anything else happens."""

    now: float
    call: Call


class Answer(_Message):
    outcome: Outcome


class Inspect(_Message):
    """Which tasks wait?"""


class Inspection(_Message):
    """`circle` names those that wait for each other, where there are any."""

    waiting: tuple[Waiting, ...]
    circle: str = ""


class Examine(_Message):
    """The test has failed: what is there to be said of what the submission leaves behind?

    `stuck` says that nothing of it will ever go on.
    """

    stuck: bool


class Examination(_Message):
    notes: tuple[Note, ...]


FrameToSandbox = Load | Go | Ask | Answer | Inspect | Examine
FrameToJudge = Ready | Idle | Ask | Answer | Inspection | Examination | Fault
