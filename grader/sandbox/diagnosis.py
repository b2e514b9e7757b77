"""The usual mistakes, named when they are seen: from what happened, never from what the source looks like.

Most show while the submission runs; some only in what it leaves behind, which is looked at when a test has
failed. Each is one sentence, with its line, and says the same on every version of Python.
"""

from __future__ import annotations

import asyncio
import functools
import gc
import re
import sys
import threading
import types
import warnings
import weakref
from collections.abc import Callable, Iterable
from typing import Any

import aiohttp

from grader.boundary.messages import NoteKind
from grader.sandbox.submission import Submission
from grader.simulation.frames import stands_of
from grader.simulation.machine import Machine

#: Says one thing: its kind, the sentence, the line (0: none).
Tell = Callable[[NoteKind, str, int], None]
Loop = asyncio.AbstractEventLoop

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
#: What aiohttp and asyncio say of things that are told here already, with the line that made them.
_TOLD_ALREADY = re.compile(r"unclosed (?:client session|connector|connection|response|<StreamWriter)", re.IGNORECASE)


class Diagnosis:
    """What is seen of a submission's mistakes. `calls` gives the tasks that run calls of the test."""

    def __init__(
        self, submission: Submission, machine: Machine, tell: Tell, calls: Callable[[], Iterable[asyncio.Task[Any]]]
    ) -> None:
        self._submission = submission
        self._machine = machine
        self._tell = tell
        self._calls = calls
        #: The line at which a task was cancelled first, and when (virtual seconds).
        self._cancelled: weakref.WeakKeyDictionary[asyncio.Task[Any], tuple[int, float]] = weakref.WeakKeyDictionary()

    def watch(self) -> None:
        """See from now on what this process does."""
        sys.set_coroutine_origin_tracking_depth(8)
        warnings.simplefilter("always")
        warnings.showwarning = self._warned
        sys.unraisablehook = self._unraisable
        threading.excepthook = self._thread_raised
        self._machine.on_cancel = self._cancelling
        self._tell_unclosed(
            aiohttp.ClientSession,
            "unclosed",
            lambda session: not session.closed,
            "A session was never closed: use `async with`, or `await session.close()`.",
        )
        self._tell_unclosed(
            aiohttp.ClientResponse,
            "unreleased",
            lambda response: response.connection is not None,
            "A response was never released, so that its connection could not be used again: use `async with`.",
        )
        self._tell_unclosed(
            asyncio.StreamWriter,
            "unclosed",
            lambda writer: not writer.transport.is_closing(),
            "A connection was never closed: call `close()` of its writer.",
        )

    def watch_loop(self, loop: Loop) -> None:
        """Have what this event loop complains about told."""
        loop.set_exception_handler(self._unhandled)

    def examine(self, *, stuck: bool) -> None:
        """Look at what is left when the test has failed; `stuck`: what waits is told elsewhere."""
        # What nobody keeps goes first: it is lost, not pending.
        gc.collect()
        self._look_at_tasks(stuck)
        hidden = [found for found in gc.get_objects() if _hides_exception(found)]
        for task in sorted(hidden, key=hash):
            self._never_retrieved(task, task._exception)
        if stuck and self._waits_for_connection():
            self._tell_held()

    def _look_at_tasks(self, stuck: bool) -> None:
        calls = set(self._calls())
        for loop in self._machine.loops:
            for task in sorted(asyncio.all_tasks(loop), key=hash):
                if task in self._cancelled:
                    self._still_runs(task)
                elif not stuck and not calls and not _awaited(task):
                    self._pending(task)

    def _waits_for_connection(self) -> bool:
        """Whether a task waits for a connection of aiohttp's pool."""
        connect = aiohttp.BaseConnector.connect.__code__
        tasks = [task for loop in self._machine.loops for task in asyncio.all_tasks(loop)]
        return any(stand.frame.f_code is connect for task in tasks for stand in stands_of(task))

    def _tell_held(self) -> None:
        """Tell of the responses that hold connections for which others wait."""
        text = "A response held its connection to the end, while another request waited for one."
        for found in gc.get_objects():
            # By its type alone, as in `_hides_exception`.
            holds = type(found) is aiohttp.ClientResponse and found.connection is not None
            if holds and (line := vars(found).get("_made_in_line")):
                self._tell("unreleased", text, line)

    # -- complaints of Python and asyncio ------------------------------------------------------------

    def _warned(
        self,
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: object = None,
        line: object = None,
    ) -> None:
        text, here = str(message), filename == self._submission.filename
        if found := re.match(r"coroutine '(.*)' was never awaited", text):
            # Its own line is where Python noticed; the one that matters is where the coroutine was made.
            made = self._origin(text) or (lineno if here else 0)
            name = _plain(found[1])
            self._tell("never awaited", f"The coroutine {name!r} was never awaited: nothing of it has run.", made)
        elif issubclass(category, ResourceWarning) and not _TOLD_ALREADY.match(text):
            self._tell("unclosed", f"Something was never closed: {_ADDRESS.sub('', text)}.", lineno if here else 0)

    def _origin(self, text: str) -> int:
        """The line in which a coroutine was made, from the text that Python adds to its warning."""
        found = re.findall(rf'File "{re.escape(self._submission.filename)}", line (\d+)', text)
        return int(found[-1]) if found else 0

    def _unhandled(self, loop: Loop, context: dict[str, Any]) -> None:
        exc, text = context.get("exception"), str(context.get("message", ""))
        task = context.get("task") or context.get("future")
        if "destroyed but it is pending" in text and isinstance(task, asyncio.Task):
            self._lost(task)
        elif isinstance(exc, BaseException):
            if "never retrieved" in text or "client_connected_cb" in text:
                # Python 3.12 reports the handler of a connection by itself; before, it was a task like any other.
                self._never_retrieved(task, exc)
            else:
                self._raised("A callback of the event loop", exc)
        elif not _TOLD_ALREADY.match(text):
            self._tell("unhandled", _ADDRESS.sub("", text), 0)

    def _never_retrieved(self, task: object, exc: BaseException) -> None:
        name = self._name_in(exc.__traceback__)
        if not name and isinstance(task, asyncio.Task):
            name = _name_of(task)
        what = f"A task of {name!r} raised" if name else "A future was given"
        line = self._submission.line_of(exc)
        self._tell("never retrieved", f"{what} {_described(exc)}, and nobody has retrieved the exception.", line)

    def _raised(self, who: str, exc: BaseException) -> None:
        self._tell("unhandled", f"{who} raised {_described(exc)}.", self._submission.line_of(exc))

    def _thread_raised(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            name = self._name_in(args.exc_traceback)
            self._raised(f"A thread{f' of {name!r}' if name else ''}", args.exc_value)

    def _unraisable(self, unraisable: sys.UnraisableHookArgs) -> None:
        if unraisable.exc_value is not None:
            self._raised("Code that was being thrown away", unraisable.exc_value)

    def _name_in(self, traceback: types.TracebackType | None) -> str:
        """The outermost function of the submission in a traceback."""
        while traceback is not None:
            if traceback.tb_frame.f_code.co_filename == self._submission.filename:
                return _plain(traceback.tb_frame.f_code.co_qualname)
            traceback = traceback.tb_next
        return ""

    # -- tasks -----------------------------------------------------------------------------------------

    def _made(self, task: asyncio.Task[Any]) -> int:
        """The line of the submission in which the coroutine of a task was made, 0 where it is not known."""
        origin = getattr(task.get_coro(), "cr_origin", None) or ()
        return next((line for filename, line, _ in origin if filename == self._submission.filename), 0)

    def _stands(self, task: asyncio.Task[Any]) -> tuple[str, int] | None:
        """The outermost function of the submission in a task, and the line of its innermost one; None where there
        is none, because the task is the kit's or a library's."""
        own = [stand for stand in stands_of(task) if stand.filename == self._submission.filename]
        return (_plain(own[0].name), own[-1].line) if own else None

    def _lost(self, task: asyncio.Task[Any]) -> None:
        if line := self._made(task):
            text = f"A task of {_name_of(task)!r} was lost before it had ended: nothing kept a reference to it."
            self._tell("lost", text, line)

    def _pending(self, task: asyncio.Task[Any]) -> None:
        # What the submission has not made, such as the handler of a connection, is not for it to await.
        if (line := self._made(task)) and self._stands(task) is not None:
            text = f"A task of {_name_of(task)!r} was still pending at the end, and nothing awaits it."
            self._tell("pending", text, line)

    def _cancelling(self, task: asyncio.Task[Any]) -> None:
        # Where a task awaits another one, that one is cancelled in its place.
        if task in self._cancelled or isinstance(getattr(task, "_fut_waiter", None), asyncio.Task):
            return
        if (place := self._stands(task)) is not None:
            self._cancelled[task] = place[1], self._machine.now
            task.add_done_callback(functools.partial(self._ended, *place))

    def _ended(self, name: str, line: int, task: asyncio.Task[Any]) -> None:
        # Not `exception()`, which would count as retrieving it. A timeout takes its request back.
        if not task.cancelled() and task._exception is None and task.cancelling():
            text = f"CancelledError was swallowed: a task of {name!r} was cancelled here, and returned all the same."
            self._tell("swallowed", text, line)

    def _still_runs(self, task: asyncio.Task[Any]) -> None:
        line, when = self._cancelled[task]
        if task.cancelling() and self._machine.now > when and (place := self._stands(task)) is not None:
            times = f"was cancelled here at {when:g} s, and had not ended at {self._machine.now:g} s"
            self._tell("swallowed", f"A task of {place[0]!r} {times}.", line)

    # -- what has to be closed --------------------------------------------------------------------------

    def _tell_unclosed(self, cls: type[Any], kind: NoteKind, is_open: Callable[[Any], bool], text: str) -> None:
        """Remember the line that makes each instance of `cls`, and tell of those that vanish open."""
        init, end = cls.__init__, getattr(cls, "__del__", None)

        @functools.wraps(init)
        def remember(instance: Any, *args: Any, **kwargs: Any) -> None:
            # What the kit makes for a test, or a server for its connections, is not the submission's to close.
            vars(instance)["_made_in_line"] = self._submission.current_line()
            init(instance, *args, **kwargs)

        def tell(instance: Any) -> None:
            if (line := vars(instance).get("_made_in_line")) and is_open(instance):
                self._tell(kind, text, line)
            if end is not None:
                end(instance)

        cls.__init__, cls.__del__ = remember, tell


def _name_of(task: asyncio.Task[Any]) -> str:
    return _plain(str(getattr(task.get_coro(), "__qualname__", task.get_name())))


def _plain(name: str) -> str:
    """The name of a function without those of the functions around it."""
    return name.rpartition("<locals>.")[2]


def _described(exc: BaseException) -> str:
    text = _ADDRESS.sub("", str(exc).partition("\n")[0][:200])
    return f"{type(exc).__name__}: {text}" if text else type(exc).__name__


def _awaited(task: asyncio.Task[Any]) -> bool:
    """Whether a task wakes up somebody when it ends: another task, or a function of asyncio."""
    for callback, *_ in task._callbacks or ():
        function = getattr(callback, "func", callback)
        if isinstance(getattr(function, "__self__", None), asyncio.Task):
            return True
        if str(getattr(function, "__module__", None)).startswith("asyncio."):
            return True
    return False


def _hides_exception(found: object) -> bool:
    # By its type alone: an attribute of an object of the submission may be code of the submission.
    return issubclass(type(found), asyncio.Task) and found.done() and found._log_traceback  # type: ignore[attr-defined]
