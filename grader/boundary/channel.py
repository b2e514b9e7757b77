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

#: The largest frame that is accepted, and all frames of one test together, in bytes.
MOST_BYTES = 16 * 1024 * 1024
MOST_BYTES_IN_ALL = 512 * 1024 * 1024
_HEADER = struct.Struct("!I")
# Made once: analysing the schema takes as long as a whole test.
_ENCODER = msgspec.msgpack.Encoder()
_FROM_SANDBOX: msgspec.msgpack.Decoder[FrameToJudge] = msgspec.msgpack.Decoder(FrameToJudge)
_FROM_JUDGE: msgspec.msgpack.Decoder[FrameToSandbox] = msgspec.msgpack.Decoder(FrameToSandbox)


class ChannelClosed(Exception):
    """The other side is gone."""


class Channel(Generic[Outgoing, Incoming]):
    """One side of the socket between judge and sandbox.

    `wait` is called before each read that would block, `wait_to_send` before each write that would; both may
    raise to give up.
    """

    def __init__(
        self,
        sock: socket.socket,
        decoder: msgspec.msgpack.Decoder[Incoming],
        wait: Callable[[], None] | None = None,
        wait_to_send: Callable[[], None] | None = None,
    ) -> None:
        self.sock = sock
        self._decoder = decoder
        self._wait = wait
        self._wait_to_send = wait_to_send
        self._buffer = bytearray()
        self._received = 0

    def send(self, frame: Outgoing) -> None:
        """Send one frame.

        Raises:
            ChannelClosed: the other side is gone.
        """
        body = _ENCODER.encode(frame)
        try:
            self._send_all(_HEADER.pack(len(body)) + body)
        except OSError as exc:
            raise ChannelClosed from exc

    def _send_all(self, message: bytes) -> None:
        at_once = getattr(socket, "MSG_DONTWAIT", None)
        if self._wait_to_send is None or at_once is None:
            self.sock.sendall(message)
            return
        # A side that has stopped reading must not make this one wait for ever.
        left = memoryview(message)
        while left:
            try:
                left = left[self.sock.send(left, at_once) :]
            except BlockingIOError:
                self._wait_to_send()

    def receive(self) -> Incoming:
        """Wait for one frame.

        Raises:
            ProtocolFault: what came is too large or not a frame of the schema.
            ChannelClosed: the other side is gone.
        """
        (size,) = _HEADER.unpack(self._take(_HEADER.size))
        if size > MOST_BYTES:
            raise ProtocolFault(f"more than {MOST_BYTES // 2**20} MiB were sent at once")
        self._received += size
        if self._received > MOST_BYTES_IN_ALL:
            raise ProtocolFault(f"more than {MOST_BYTES_IN_ALL // 2**20} MiB were sent in all")
        body = self._take(size)
        try:
            frame = self._decoder.decode(body)
        except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError) as exc:
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


def judge_channel(
    sock: socket.socket,
    wait: Callable[[], None] | None = None,
    wait_to_send: Callable[[], None] | None = None,
) -> Channel[FrameToSandbox, FrameToJudge]:
    """The judge's end."""
    return Channel(sock, _FROM_SANDBOX, wait, wait_to_send)


def sandbox_channel(sock: socket.socket) -> Channel[FrameToJudge, FrameToSandbox]:
    """The sandbox's end."""
    return Channel(sock, _FROM_JUDGE)
