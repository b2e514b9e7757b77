"""Coroutines that a submission drives itself, with `send(None)`, although their bodies are in the test."""

from __future__ import annotations

from collections.abc import Coroutine, Generator
from typing import Any

from grader.boundary.peer import Peer


class There:
    """What a body awaits: something of the submission, to be awaited in the sandbox."""

    def __init__(self, awaited: Any, args: tuple[object, ...]) -> None:
        self._awaited = awaited
        self._args = args

    def __await__(self) -> Generator[There, Any, Any]:
        return (yield self)

    def awaitable(self, peer: Peer) -> object:
        """What stands for the awaitable; a coroutine function is called, and its coroutine not awaited yet."""
        if remote := getattr(self._awaited, "__remote__", None):
            return peer.ask(*remote, *self._args)
        return self._awaited


class Scene:
    """The body of such a coroutine. It runs whenever the submission drives the coroutine, and never else."""

    def __init__(self, peer: Peer, body: Coroutine[Any, Any, object]) -> None:
        self._peer = peer
        self._body = body

    def resume(self, value: object, error: BaseException | None) -> tuple[bool, object]:
        """Go on with what the last await gave: to ``(False, awaitable)`` at the next one, or ``(True, result)``."""
        try:
            there = self._body.send(value) if error is None else self._body.throw(error)
        except StopIteration as end:
            return True, end.value
        if not isinstance(there, There):
            raise TypeError("a coroutine of the sandbox may await nothing but what sandbox.there() gives")
        return False, there.awaitable(self._peer)
