"""One end of the boundary. Judge and sandbox use the same class, so that calls look the same from both."""

from __future__ import annotations

import asyncio
import inspect
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from grader.boundary.errors import CannotCross, ProtocolFault
from grader.boundary.exceptions import describe
from grader.boundary.handles import Blocking, Imports, description, drive, kind_of, refuse
from grader.boundary.messages import Call, Cancel, Cancelled, Cancelling, Operation, Outcome, Raised, Returned
from grader.boundary.operations import OPERATIONS, CancelAt
from grader.boundary.values import Packer, Shapes


class Link(Protocol):
    """How a peer reaches the other one."""

    def post(self, message: Call | Cancel | Returned | Raised | Cancelled | Cancelling) -> None:
        """Send with the next turn."""

    def ask(self, call: Call) -> Outcome:
        """Have the other side do something at once, and wait for it."""

    def block(self, ready: Callable[[], bool]) -> None:
        """Stop the calling thread until `ready()`."""


class Observer(Protocol):
    """Told of every call that the other side makes or is asked to make."""

    def began(self, call: Call, *, incoming: bool) -> None:
        """A call began."""

    def ended(self, number: int, *, incoming: bool, how: str, detail: str) -> None:
        """It ended: `how` is done, raised or cancelled."""

    def cancelled(self, number: int, *, incoming: bool) -> None:
        """Its cancellation was requested."""


class RemoteCall(asyncio.Future[Any]):
    """The future of a call to the other side.

    As with an awaited task, cancelling it asks the other side to cancel; it ends when the other side says how.
    """

    def __init__(self, peer: Peer, number: int, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop=loop)
        self._peer = peer
        self.number = number

    def __hash__(self) -> int:
        return self.number

    def cancel(self, msg: object = None) -> bool:
        if self.done():
            return False
        if self._peer.closed:
            return super().cancel(msg)
        self._peer.send_cancel(self.number)
        return True

    def settle(self, message: Returned | Raised | Cancelled) -> None:
        """The other side has said how the call ended."""
        if self.done():
            return
        if isinstance(message, Cancelled):
            super().cancel()
        elif isinstance(message, Returned):
            self.set_result(self._peer.packer.unpack(message.value))
        else:
            exc = self._peer.exception(message)
            if isinstance(exc, StopIteration):
                # No coroutine raises it, and no future takes it.
                raise ProtocolFault("a coroutine was said to have raised StopIteration")
            self.set_exception(exc)


class _BlockingCall:
    """A call for whose end a thread waits."""

    def __init__(self) -> None:
        self.outcome: Returned | Raised | Cancelled | None = None

    def settle(self, message: Returned | Raised | Cancelled) -> None:
        self.outcome = message


class Peer:
    """Calls the other side's objects, and lets it call what this side has exported.

    `root` answers for object 0: the submission's module in the sandbox, nothing in the judge.
    `may_export` says which objects the other side may hold. `on_fault` makes what is raised where the answer
    to something asked at once may not cross.
    """

    def __init__(
        self,
        link: Link,
        *,
        root: object = None,
        shapes: Shapes | None = None,
        may_export: Callable[[object], bool] = lambda value: True,
        trace_line: Callable[[BaseException], int] = lambda exc: 0,
        observer: Observer | None = None,
        on_fault: Callable[[ProtocolFault], Exception] = lambda fault: fault,
    ) -> None:
        self.packer = Packer(self._export, self._import, shapes or Shapes())
        self.closed = False
        self.root = root
        self._link = link
        self._may_export = may_export
        self._trace_line = trace_line
        self._observer = observer
        self._on_fault = on_fault
        self._exports: dict[int, object] = {0: root}
        self._numbers: dict[int, int] = {}
        self._imports = Imports(self)
        self._calls = 0
        #: The calls of ours to which no reply has come.
        self._unanswered: set[int] = set()
        # Weak, as a socket would not keep a task alive either: a lost task must be able to vanish.
        self._pending: weakref.WeakValueDictionary[int, RemoteCall] = weakref.WeakValueDictionary()
        self._blocking: dict[int, _BlockingCall] = {}
        self._running: dict[int, asyncio.Task[Any]] = {}

    # -- outgoing ---------------------------------------------------------------------------------

    def call(
        self,
        target: int,
        operation: Operation,
        name: str,
        args: Sequence[object] = (),
        kwargs: Mapping[str, object] | None = None,
        *,
        cancel_at: int = 0,
    ) -> RemoteCall:
        """Start a call on the other side; await the result for its value or exception."""
        message = self._message(target, operation, name, args, kwargs or {}, cancel_at)
        future = RemoteCall(self, message.id, asyncio.get_running_loop())
        self._pending[message.id] = future
        self._unanswered.add(message.id)
        self._link.post(message)
        if self._observer:
            self._observer.began(message, incoming=False)
        return future

    def call_blocking(
        self,
        target: int,
        operation: Operation,
        name: str,
        args: Sequence[object],
        kwargs: Mapping[str, object],
    ) -> Any:
        """Start a call and stop this thread until it ends."""
        message = self._message(target, operation, name, args, kwargs)
        waiting = self._blocking[message.id] = _BlockingCall()
        self._unanswered.add(message.id)
        self._link.post(message)
        self._link.block(lambda: waiting.outcome is not None)
        outcome = waiting.outcome
        if isinstance(outcome, Returned):
            return self.packer.unpack(outcome.value)
        raise self.exception(outcome) if isinstance(outcome, Raised) else asyncio.CancelledError

    def ask(self, target: int, operation: Operation, name: str, *args: object, **kwargs: object) -> Any:
        """Call a plain function of the other side; everything else waits until it answers."""
        message = self._message(target, operation, name, args, kwargs)
        outcome = self._link.ask(message)
        try:
            if outcome.id != message.id:
                raise ProtocolFault("one call was answered with the outcome of another")
            if isinstance(outcome, Returned):
                return self.packer.unpack(outcome.value)
            exc = self.exception(outcome)
        except ProtocolFault as fault:
            raise self._on_fault(fault) from None
        raise exc

    def send_cancel(self, number: int) -> None:
        """Ask the other side to cancel a call of ours."""
        self._link.post(Cancel(number))
        if self._observer:
            self._observer.cancelled(number, incoming=False)

    def exception(self, message: Raised) -> BaseException:
        """The exception that a message brings."""
        exc = self.packer.unpack(message.error)
        if not isinstance(exc, BaseException):
            raise ProtocolFault("a call was said to have raised something that is no exception")
        if isinstance(exc, (SystemExit, KeyboardInterrupt)):
            # Raised here it would end this process; where it is really raised, it ends the other one.
            raise ProtocolFault(f"a call was said to have raised {type(exc).__name__}")
        exc.__from_sandbox__ = True  # type: ignore[attr-defined]
        if message.line:
            exc.__submission_line__ = message.line  # type: ignore[attr-defined]
        return exc

    def _message(
        self,
        target: int,
        operation: Operation,
        name: str,
        args: Sequence[object],
        kwargs: Mapping[str, object],
        cancel_at: int = 0,
    ) -> Call:
        self._calls += 1
        packed_args = [self.packer.pack(arg) for arg in args]
        packed_kwargs = {key: self.packer.pack(value) for key, value in kwargs.items()}
        return Call(self._calls, target, operation, name, packed_args, packed_kwargs, cancel_at)

    # -- incoming ---------------------------------------------------------------------------------

    def receive(self, message: Call | Cancel | Returned | Raised | Cancelled) -> None:
        """Take a message, on the event loop."""
        if isinstance(message, Call):
            self._start(message)
        elif isinstance(message, Cancel):
            if self._observer:
                self._observer.cancelled(message.id, incoming=True)
            if task := self._running.get(message.id):
                task.cancel()
        else:
            self._expect(message.id)
            call = self._pending.pop(message.id, None)
            if self._observer:
                how = {Returned: "done", Raised: "raised", Cancelled: "cancelled"}[type(message)]
                detail = self._detail(message)
                self._observer.ended(message.id, incoming=False, how=how, detail=detail)
            if call is not None:
                call.settle(message)

    def _expect(self, number: int) -> None:
        if number not in self._unanswered:
            raise ProtocolFault("a call that was never made, or has ended, was answered")
        self._unanswered.discard(number)

    def loop_of(self, number: int) -> asyncio.AbstractEventLoop | None:
        """The event loop that waits for a call of ours, None where none does."""
        call = self._pending.get(number)
        return None if call is None else call.get_loop()

    def _detail(self, message: Returned | Raised | Cancelled) -> str:
        if not isinstance(message, Raised):
            return ""
        return type(self.exception(message)).__name__

    @property
    def running(self) -> frozenset[asyncio.Task[Any]]:
        """The tasks that run calls of the other side."""
        return frozenset(self._running.values())

    def settles_blocking(self, message: object) -> bool:
        """Whether `message` ends a blocking call; it is settled at once, without the event loop."""
        if isinstance(message, (Returned, Raised, Cancelled)) and message.id in self._blocking:
            self._expect(message.id)
            self._blocking.pop(message.id).settle(message)
            return True
        return False

    def answer(self, call: Call) -> Outcome:
        """Do what a plain function was asked for, at once."""
        try:
            return Returned(call.id, self.packer.pack(self._perform(call)))
        except (SystemExit, KeyboardInterrupt, ProtocolFault):
            raise
        except BaseException as exc:
            return self._raised(call.id, exc)

    def _start(self, call: Call) -> None:
        if self._observer:
            self._observer.began(call, incoming=True)
        try:
            coroutine = self._coroutine(call)
        except (SystemExit, KeyboardInterrupt, ProtocolFault):
            raise
        except BaseException as exc:
            self._finish(call.id, "raised", type(exc).__name__, self._raised(call.id, exc))
            return
        if call.cancel_at:
            coroutine = CancelAt(coroutine, call.cancel_at, lambda line: self._link.post(Cancelling(call.id, line)))
        task = asyncio.get_running_loop().create_task(coroutine, name=call.name)
        self._running[call.id] = task
        task.add_done_callback(lambda task: self._report(call.id, task))

    def _coroutine(self, call: Call) -> Any:
        result = self._perform(call)
        if inspect.iscoroutine(result):
            return result
        if inspect.isawaitable(result):
            return drive(result)
        raise TypeError(f"{call.name}() returned {type(result).__name__}, which cannot be awaited")

    def _report(self, number: int, task: asyncio.Task[Any]) -> None:
        self._running.pop(number, None)
        if self.closed:
            if not task.cancelled():
                task.exception()
            return
        if task.cancelled():
            self._finish(number, "cancelled", "", Cancelled(number))
        elif (exc := task.exception()) is not None:
            self._finish(number, "raised", type(exc).__name__, self._raised(number, exc))
        else:
            try:
                message: Returned | Raised = Returned(number, self.packer.pack(task.result()))
            except Exception as failure:
                message = self._raised(number, failure)
            self._finish(number, "done", "", message)

    def _finish(self, number: int, how: str, detail: str, message: Returned | Raised | Cancelled) -> None:
        if self._observer:
            self._observer.ended(number, incoming=True, how=how, detail=detail)
        self._link.post(message)

    def _raised(self, number: int, exc: BaseException) -> Raised:
        try:
            error = self.packer.pack(exc)
        except Exception as failure:
            # An answer is due whatever the exception is like.
            error = self.packer.pack(CannotCross(f"{type(exc).__name__} cannot be passed on: {describe(failure)}"))
        return Raised(number, error, self._trace_line(exc))

    def _perform(self, call: Call) -> Any:
        """Carry out a call: for a coroutine function this makes the coroutine."""
        if call.target not in self._exports:
            raise ProtocolFault("something that was never passed on was called")
        if not isinstance(call.args, list) or not isinstance(call.kwargs, dict):
            raise ProtocolFault("a call that is not well formed was sent")
        target = self._exports[call.target]
        args = [self.packer.unpack(arg) for arg in call.args]
        kwargs = {str(key): self.packer.unpack(value) for key, value in call.kwargs.items()}
        return OPERATIONS[call.operation](target, call.name, args, kwargs)

    # -- handles -----------------------------------------------------------------------------------

    def _export(self, value: object) -> list[Any]:
        number = self._imports.number_of(value)
        if number is not None:
            return ["yours", number]
        if not self._may_export(value):
            raise refuse(value)
        known = self._numbers.get(id(value))
        if known is None:
            known = len(self._exports)
            self._exports[known] = value  # also keeps it alive, so that its id stays its own
            self._numbers[id(value)] = known
        return description(known, value)

    def _import(self, packed: list[Any]) -> object:
        tag, *rest = packed
        if tag == "yours" and len(rest) == 1 and rest[0] in self._exports:
            value = self._exports[rest[0]]
            return value.function if isinstance(value, Blocking) else value
        if tag == "handle" and len(rest) == 5:
            return self._imports.get(rest)
        raise ProtocolFault("a value of a kind that may not cross was sent")

    def close(self) -> None:
        """The other side is gone: whatever still waits for it is cancelled."""
        self.closed = True
        for future in list(self._pending.values()):
            future.cancel()


__all__ = ["Blocking", "CancelAt", "Link", "Observer", "Peer", "RemoteCall", "kind_of"]
