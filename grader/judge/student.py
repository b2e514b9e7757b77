"""The fixtures that stand for the sandbox in a hidden test: `student` and `sandbox`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

from grader.boundary.handles import COROUTINE, FUNCTION, PLAIN, Blocking, stand_in
from grader.boundary.messages import Note
from grader.boundary.peer import RemoteCall
from grader.judge.companion import Companion
from grader.judge.endings import CouldNotLoad
from grader.judge.scenes import Scene, There


class Student:
    """The submission's module. Its coroutine functions are awaited, its plain functions and classes are called.

    Arguments and results are copies of plain values, or stand for the original: a function of the test that
    is passed in is called back, async or not.
    """

    def __init__(self, companion: Companion, members: Mapping[str, str], filename: str) -> None:
        self._companion = companion
        self._members = members
        self._filename = filename

    def __repr__(self) -> str:
        return f"<submission {self._filename}>"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in self._members:
            raise self._companion.fail(CouldNotLoad(f"{self._filename} defines no {name!r}."))
        kind = self._members[name]
        if kind == PLAIN:
            return self._companion.peer.ask(0, "get", name)
        return stand_in(self._companion.peer, 0, "method", name, kind)


@dataclass
class Attempt:
    """One call that was cancelled at its await point `number`.

    `outcome` is ``cancelled``, ``returned`` or ``raised``; `value` is what was returned or raised. `line` is the
    line of the submission at which it waited.
    """

    number: int
    outcome: str
    value: object
    line: int


class Sandbox:
    """What a test can ask of the submission's process, beyond the submission itself."""

    def __init__(self, companion: Companion) -> None:
        self._companion = companion

    # -- things that must be made in the sandbox ------------------------------------------------------

    async def session(self, **options: Any) -> Any:
        """An `aiohttp.ClientSession` to hand to the submission; ``connector={"limit": 2}`` and
        ``timeout={"total": 5}`` are options of a `TCPConnector` and of a `ClientTimeout`."""
        return await self._kit(COROUTINE, "session")(options)

    async def serve(self, app: object, host: str, port: int, **options: Any) -> Any:
        """Serve the submission's `aiohttp.web` application; `options` are those of an `AppRunner`, and its
        ``cleanup()`` shuts down what this returns."""
        return await self._kit(COROUTINE, "serve")(app, host, port, options)

    async def open_connection(self, host: str, port: int, *, limit: int = 2**16) -> Any:
        """The reader and writer of a connection from the sandbox, to hand to the submission."""
        return await self._kit(COROUTINE, "open_connection")(host, port, limit)

    def thread_pool(self, workers: int) -> Any:
        """A `ThreadPoolExecutor` to hand to the submission."""
        return self._kit(FUNCTION, "thread_pool")(workers)

    async def in_thread(self, function: Callable[..., Any], *args: object, **kwargs: object) -> Any:
        """Call a plain function of the submission in a thread of its own, where no event loop runs."""
        target, operation, name = function.__remote__  # type: ignore[attr-defined]
        if operation == "method":
            # The function itself crosses, so that the thread calls it without asking this side.
            function = self._companion.peer.ask(target, "get", name)
        return await self._kit(COROUTINE, "in_thread")(function, args, kwargs)

    def coroutine(self, scene: Coroutine[Any, Any, object]) -> Any:
        """A coroutine that the submission can drive with ``send(None)``, with its body in the test. It may await
        nothing but what `there` gives."""
        return self._kit(FUNCTION, "coroutine")(Scene(self._companion.peer, scene).resume)

    @staticmethod
    def there(awaited: Any, *args: object) -> There:
        """In the body of such a coroutine: awaits, in the sandbox, an awaitable of the submission or, with its
        arguments, one of its coroutine functions."""
        return There(awaited, args)

    @staticmethod
    def blocking(function: Callable[..., Awaitable[object]]) -> Blocking:
        """A coroutine function that the submission sees as a plain function, which blocks the thread it is in."""
        return Blocking(function)

    def error(self, name: str) -> type[Exception]:
        """The exception class called `name` that the submission defines, for `pytest.raises`."""
        return self._companion.peer.packer.shapes.exceptions.root(name)

    # -- looking around -----------------------------------------------------------------------------------

    async def settle(self) -> None:
        """Let everything that can run at this instant run; the clock stands still."""
        await self._kit(COROUTINE, "settle")()

    async def leftovers(self) -> list[str]:
        """The functions whose tasks are still pending."""
        names: list[str] = await self._kit(COROUTINE, "leftovers")()
        return names

    async def collect_garbage(self) -> None:
        """Run the garbage collector of the sandbox."""
        await self._kit(COROUTINE, "collect_garbage")()

    async def heartbeat(self) -> float:
        """How long the submission's event loop takes to answer, in virtual seconds: 0 unless it is blocked."""
        loop = asyncio.get_running_loop()
        asked = loop.time()
        await self._kit(COROUTINE, "heartbeat")()
        return loop.time() - asked

    @property
    def notes(self) -> list[Note]:
        """What asyncio and Python have complained about so far; worth no points."""
        return self._companion.notes

    # -- cancellation ---------------------------------------------------------------------------------------

    async def cancel_at_each_await(
        self, function: Callable[..., Any], *args: object, **kwargs: object
    ) -> AsyncIterator[Attempt]:
        """Run a call once for each point where it waits, and cancel it exactly there."""
        target, operation, name = function.__remote__  # type: ignore[attr-defined]
        number = 0
        while True:
            number += 1
            call = self._companion.peer.call(target, operation, name, args, kwargs, cancel_at=number)
            attempt = await self._attempt(call, number)
            if call.number not in self._companion.cancelled_at:
                # What a test states of each attempt would hold of none.
                assert number > 1, "The call ended without waiting once."
                return
            yield attempt

    async def _attempt(self, call: RemoteCall, number: int) -> Attempt:
        outcome, value = "returned", None
        try:
            value = await call
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            outcome = "cancelled"
        except Exception as exc:
            outcome, value = "raised", exc
        return Attempt(number, outcome, value, self._companion.cancelled_at.get(call.number, 0))

    def _kit(self, kind: str, name: str) -> Callable[..., Any]:
        return stand_in(self._companion.peer, 0, "method", f"kit:{name}", kind)
