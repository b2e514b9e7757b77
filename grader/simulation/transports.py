"""In-memory byte streams: what TCP connections and the pipes of programs are made of."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from asyncio import constants, protocols, transports
from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from grader.simulation.loop import SimulatedLoop

#: The largest piece that arrives at once. One delivery of megabytes would hide a reader's pauses.
SEGMENT = 64 * 1024
#: What may be under way unread, as in a kernel's socket buffer or a pipe; the rest waits at the sender.
WINDOW = 64 * 1024

Address = tuple[str, int]


class Inlet(Protocol):
    """One end of a stream, as the other end sees it."""

    def data(self, chunk: bytes) -> None:
        """Bytes arrive."""

    def eof(self) -> None:
        """The sender will send no more, and still reads."""

    def closed(self) -> None:
        """The sender is gone; what it had sent can still be read."""

    def reset(self) -> None:
        """The connection is broken."""

    def consumed(self, size: int) -> None:
        """The other end has read `size` bytes of what it was sent."""

    def secured(self) -> None:
        """The other end passes this stream off as TLS."""


class Wire:
    """Carries what is sent to an `Inlet`, in order, `latency` virtual seconds later."""

    def __init__(self, loop: SimulatedLoop, inlet: Inlet, latency: float = 0.0) -> None:
        self._loop = loop
        self._inlet = inlet
        self._latency = latency
        self._last = 0.0

    def _send(self, callback: Callable[..., None], *args: object) -> None:
        now = self._loop.time()
        self._last = max(self._last, now + self._latency)
        if self._loop.is_closed():
            return
        if self._last <= now:
            self._loop.call_soon_threadsafe(callback, *args)
        elif self._loop.in_other_thread():
            self._loop.call_soon_threadsafe(self._loop.call_at, self._last, callback, *args)
        else:
            self._loop.call_at(self._last, callback, *args)

    def data(self, chunk: bytes) -> None:
        self._send(self._inlet.data, chunk)

    def eof(self) -> None:
        self._send(self._inlet.eof)

    def closed(self) -> None:
        self._send(self._inlet.closed)

    def reset(self) -> None:
        self._send(self._inlet.reset)

    def consumed(self, size: int) -> None:
        self._send(self._inlet.consumed, size)

    def secured(self) -> None:
        self._send(self._inlet.secured)


class SimulatedSocket:
    """Stands for the socket of an in-memory connection in `get_extra_info("socket")`."""

    type = socket.SOCK_STREAM
    proto = socket.IPPROTO_TCP

    def __init__(self, sockname: Address, peername: Address | None = None, *, kind: int = socket.SOCK_STREAM) -> None:
        self.family = socket.AF_INET6 if ":" in sockname[0] else socket.AF_INET
        self.type = socket.SocketKind(kind)
        self._sockname = sockname
        self._peername = peername

    def getsockname(self) -> Address:
        return self._sockname

    def getpeername(self) -> Address:
        if self._peername is None:
            raise OSError(errno.ENOTCONN, os.strerror(errno.ENOTCONN))
        return self._peername

    def setsockopt(self, *args: object) -> None:
        """Options of a real socket change nothing here."""

    def getsockopt(self, *args: object) -> int:
        return 0

    def fileno(self) -> int:
        return -1

    def __repr__(self) -> str:
        return f"<simulated socket {self._sockname} to {self._peername}>"


class StreamTransport(transports._FlowControlMixin, transports.Transport):
    """One end of a stream in memory.

    `outlet` is the other end. The transport reads nothing and has no protocol until `begin`.
    """

    _sendfile_compatible = constants._SendfileMode.FALLBACK

    def __init__(self, loop: SimulatedLoop, extra: dict[str, object] | None = None) -> None:
        self._protocol: asyncio.BaseProtocol | None = None
        self._extra: dict[str, object]
        super().__init__(extra, loop)
        self._loop: SimulatedLoop = loop
        self.outlet: Inlet | None = None
        self.on_lost: Callable[[], None] | None = None
        self.tls = False
        self._incoming: deque[Callable[[], None]] = deque()
        self._paused = True
        self._waiting_to_begin = True
        self._outgoing: deque[bytes] = deque()
        self._outgoing_size = 0
        self._under_way = 0
        self._eof_requested = False
        self._eof_sent = False
        self._eof_received = False
        self._peer_gone = False
        self._closing = False
        self._lost = False

    def __repr__(self) -> str:
        state = "lost" if self._lost else "closing" if self._closing else "open"
        return f"<StreamTransport {state}: {self._outgoing_size} bytes to send, {self._under_way} under way>"

    # -- set up ---------------------------------------------------------------------------------

    def begin(self, protocol: asyncio.BaseProtocol) -> None:
        """Give the transport its protocol and start reading."""
        self._protocol = protocol
        protocol.connection_made(self)
        self._waiting_to_begin = False
        if not self._lost:
            self._paused = False
            self._read_on()

    def get_protocol(self) -> asyncio.BaseProtocol:
        assert self._protocol is not None
        return self._protocol

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol

    def secure(self, sslcontext: object) -> None:
        """Pass the stream off as TLS, from this end."""
        self.tls = True
        self._extra["sslcontext"] = sslcontext
        if self.outlet is not None:
            self.outlet.secured()

    # -- reading: the Inlet that the other end sends to -------------------------------------------

    def data(self, chunk: bytes) -> None:
        self._receive(lambda: self._take_data(chunk), len(chunk))

    def eof(self) -> None:
        self._receive(self._take_eof)

    def closed(self) -> None:
        self._peer_gone = True
        self._receive(self._take_eof)
        if self._outgoing or self._under_way:
            self._break(BrokenPipeError(errno.EPIPE, "Broken pipe"))

    def reset(self) -> None:
        self._peer_gone = True
        self._incoming.clear()
        self._break(ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"))

    def consumed(self, size: int) -> None:
        self._under_way -= size
        self._write_on()

    def secured(self) -> None:
        self.tls = True
        self._extra.setdefault("sslcontext", True)

    def _receive(self, take: Callable[[], None], size: int = 0) -> None:
        if self._lost:
            if size and self.outlet is not None and not self._peer_gone:
                self.outlet.reset()
        elif self._paused:
            self._incoming.append(take)
        else:
            take()

    def _take_data(self, chunk: bytes) -> None:
        if self._protocol is not None and not self._closing:
            try:
                if isinstance(self._protocol, protocols.BufferedProtocol):
                    protocols._feed_data_to_buffered_proto(self._protocol, chunk)  # type: ignore[attr-defined]
                elif isinstance(self._protocol, protocols.Protocol):
                    self._protocol.data_received(chunk)
            except (SystemExit, KeyboardInterrupt):
                raise
            except BaseException as exc:
                self._report(exc, "Fatal error: protocol.data_received() call failed.")
        if self.outlet is not None:
            self.outlet.consumed(len(chunk))

    def _take_eof(self) -> None:
        if self._eof_received or self._closing:
            return
        self._eof_received = True
        keep_open = None
        if isinstance(self._protocol, (protocols.Protocol, protocols.BufferedProtocol)):
            try:
                keep_open = self._protocol.eof_received()
            except (SystemExit, KeyboardInterrupt):
                raise
            except BaseException as exc:
                self._report(exc, "Fatal error: protocol.eof_received() call failed.")
        if not keep_open:
            self.close()

    def _report(self, exc: BaseException, message: str) -> None:
        self._loop.call_exception_handler(
            {"message": message, "exception": exc, "transport": self, "protocol": self._protocol}
        )
        self._break(exc)

    def is_reading(self) -> bool:
        return not self._closing and not self._paused

    def pause_reading(self) -> None:
        self._paused = True

    def resume_reading(self) -> None:
        if self._paused and not self._waiting_to_begin and not self._closing:
            self._paused = False
            self._loop.call_soon(self._read_on)

    def _read_on(self) -> None:
        while self._incoming and not self._paused and not self._lost:
            self._incoming.popleft()()

    # -- writing ----------------------------------------------------------------------------------

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise TypeError(f"data argument must be a bytes-like object, not {type(data).__name__!r}")
        if self._eof_requested:
            raise RuntimeError("Cannot call write() after write_eof()")
        if not data or self._lost or self._closing:
            return
        if self._peer_gone:
            self._break(BrokenPipeError(errno.EPIPE, "Broken pipe"))
            return
        view = bytes(data)
        for start in range(0, len(view), SEGMENT):
            self._outgoing.append(view[start : start + SEGMENT])
        self._outgoing_size += len(view)
        self._write_on()
        self._maybe_pause_protocol()  # type: ignore[attr-defined]

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        self.write(b"".join(list_of_data))

    def write_eof(self) -> None:
        if not self._eof_requested and not self._closing:
            self._eof_requested = True
            self._write_on()

    def can_write_eof(self) -> bool:
        return not self.tls

    def get_write_buffer_size(self) -> int:
        return self._outgoing_size

    def _write_on(self) -> None:
        if self._lost or self.outlet is None:
            return
        while self._outgoing and self._under_way < WINDOW:
            chunk = self._outgoing.popleft()
            room = WINDOW - self._under_way
            if len(chunk) > room:
                self._outgoing.appendleft(chunk[room:])
                chunk = chunk[:room]
            self._outgoing_size -= len(chunk)
            self._under_way += len(chunk)
            self.outlet.data(chunk)
        if self._protocol is not None:
            self._maybe_resume_protocol()  # type: ignore[attr-defined]
        if self._outgoing:
            return
        if self._eof_requested and not self._eof_sent and not self._closing:
            self._eof_sent = True
            self.outlet.eof()
        if self._closing:
            self._end(None)

    # -- closing ------------------------------------------------------------------------------------

    def is_closing(self) -> bool:
        return self._closing or self._lost

    def close(self) -> None:
        if not self._closing:
            self._closing = True
            self._drop_incoming()
            if not self._outgoing:
                self._end(None)

    def abort(self) -> None:
        self._break(None)

    def reset_connection(self) -> None:
        """Break the connection so that the other end sees `ConnectionResetError`, as a crashed host does."""
        if self.outlet is not None and not self._peer_gone:
            self.outlet.reset()
            self._peer_gone = True
        self._break(None)

    def _drop_incoming(self) -> None:
        self._paused = False
        while self._incoming:
            self._incoming.popleft()()

    def _break(self, exc: BaseException | None) -> None:
        if not self._lost:
            self._closing = True
            self._outgoing.clear()
            self._outgoing_size = 0
            self._end(exc)

    def _end(self, exc: BaseException | None) -> None:
        if self._lost:
            return
        self._lost = True
        if self.outlet is not None and not self._peer_gone:
            self.outlet.closed()
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._connection_lost, exc)

    def _connection_lost(self, exc: BaseException | None) -> None:
        try:
            if self._protocol is not None:
                self._protocol.connection_lost(exc)  # type: ignore[arg-type]
        finally:
            if self.on_lost is not None:
                self.on_lost()
