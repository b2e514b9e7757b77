"""Frames over a socket: length first, then MessagePack, checked against the schema on arrival."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec

from grader.boundary.errors import ProtocolFault
from grader.boundary.messages import FrameToJudge, FrameToSandbox

Incoming = TypeVar("Incoming")
Outgoing = TypeVar("Outgoing")

#: The largest frame that is accepted, in bytes.
MOST_BYTES = 16 * 1024 * 1024
_HEADER = struct.Struct("!I")
# Made once: analysing the schema takes as long as a whole test.
_ENCODER = msgspec.msgpack.Encoder()
_FROM_SANDBOX: msgspec.msgpack.Decoder[FrameToJudge] = msgspec.msgpack.Decoder(FrameToJudge)
_FROM_JUDGE: msgspec.msgpack.Decoder[FrameToSandbox] = msgspec.msgpack.Decoder(FrameToSandbox)


class ChannelClosed(Exception):
    """The other side is gone."""


class Channel(Generic[Outgoing, Incoming]):
    """One side of the socket between judge and sandbox.

    `wait` is called before each read that would block; it may raise to give up.
    """

    def __init__(
        self,
        sock: socket.socket,
        decoder: msgspec.msgpack.Decoder[Incoming],
        wait: Callable[[], None] | None = None,
    ) -> None:
        self.sock = sock
        self._decoder = decoder
        self._wait = wait
        self._buffer = bytearray()

    def send(self, frame: Outgoing) -> None:
        """Send one frame.

        Raises:
            ChannelClosed: the other side is gone.
        """
        body = _ENCODER.encode(frame)
        try:
            self.sock.sendall(_HEADER.pack(len(body)) + body)
        except OSError as exc:
            raise ChannelClosed from exc

    def receive(self) -> Incoming:
        """Wait for one frame.

        Raises:
            ProtocolFault: what came is too large or not a frame of the schema.
            ChannelClosed: the other side is gone.
        """
        (size,) = _HEADER.unpack(self._take(_HEADER.size))
        if size > MOST_BYTES:
            raise ProtocolFault(f"more than {MOST_BYTES // 2**20} MiB were sent at once")
        body = self._take(size)
        try:
            frame = self._decoder.decode(body)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as exc:
            raise ProtocolFault("something that is not a message was sent to the grader") from exc
        return frame

    def _take(self, size: int) -> bytes:
        while len(self._buffer) < size:
            if self._wait is not None:
                self._wait()
            try:
                chunk = self.sock.recv(max(65536, size - len(self._buffer)))
            except OSError as exc:
                raise ChannelClosed from exc
            if not chunk:
                raise ChannelClosed
            self._buffer += chunk
        taken = bytes(memoryview(self._buffer)[:size])
        del self._buffer[:size]
        return taken

    def close(self) -> None:
        """Close the socket."""
        self.sock.close()


def judge_channel(sock: socket.socket, wait: Callable[[], None] | None = None) -> Channel[FrameToSandbox, FrameToJudge]:
    """The judge's end."""
    return Channel(sock, _FROM_SANDBOX, wait)


def sandbox_channel(sock: socket.socket) -> Channel[FrameToJudge, FrameToSandbox]:
    """The sandbox's end."""
    return Channel(sock, _FROM_JUDGE)
