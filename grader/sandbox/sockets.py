"""Sockets of the sandbox: names for connections that asyncio makes, and nothing else.

aiohttp makes a socket before it asks the event loop to connect it. The kernel gives a child none, and none is
needed: the simulated loop only uses it to tell one connection from another.
"""

from __future__ import annotations

import socket

from grader.simulation import NotSimulated

_REFUSAL = "A socket of its own reaches nothing here: use asyncio's streams, or aiohttp."


class Socket(socket.socket):
    """A socket without a descriptor. Options are accepted and change nothing."""

    def __init__(self, family: int = -1, type: int = -1, proto: int = -1, fileno: int | None = None) -> None:
        if fileno is not None:
            super().__init__(family, type, proto, fileno)
        self._named = fileno is None
        self._family = socket.AF_INET if family == -1 else socket.AddressFamily(family)
        self._type = socket.SOCK_STREAM if type == -1 else socket.SocketKind(type)
        self._io_refs = 0
        self._closed = False

    @property
    def family(self) -> socket.AddressFamily:
        return self._family if self._named else super().family

    @property
    def type(self) -> socket.SocketKind:
        return self._type if self._named else super().type

    def setblocking(self, flag: bool) -> None:
        if not self._named:
            super().setblocking(flag)

    def settimeout(self, value: float | None) -> None:
        if not self._named:
            super().settimeout(value)

    def setsockopt(self, *args: object) -> None:
        if not self._named:
            super().setsockopt(*args)  # type: ignore[call-overload]

    def bind(self, address: object) -> None:
        raise NotSimulated(_REFUSAL)

    def connect(self, address: object) -> None:
        raise NotSimulated(_REFUSAL)

    def connect_ex(self, address: object) -> int:
        raise NotSimulated(_REFUSAL)

    def listen(self, backlog: int = 0) -> None:
        raise NotSimulated(_REFUSAL)


def install() -> None:
    """From now on this process makes no other sockets."""
    socket.socket = Socket  # type: ignore[misc]
