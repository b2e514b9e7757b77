"""Servers and datagram endpoints on the simulated network."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from grader.simulation.network import connected_transport
from grader.simulation.transports import Address, Inlet, SimulatedSocket, StreamTransport, Wire

if TYPE_CHECKING:
    from grader.simulation.loop import SimulatedLoop


class Server(asyncio.AbstractServer):
    """An `asyncio.Server` in memory, with the behaviour of Python 3.12 and later on every version:
    `wait_closed` waits for the connections that are still open."""

    def __init__(
        self,
        loop: SimulatedLoop,
        protocol_factory: Callable[[], asyncio.BaseProtocol],
        places: Sequence[tuple[str | None, int]],
        sslcontext: object,
    ) -> None:
        self._loop = loop
        self._protocol_factory = protocol_factory
        self._places = places
        self._sslcontext = sslcontext
        self._addresses: list[Address] = []
        self._transports: dict[StreamTransport, None] = {}
        self._closed = False
        self._waiters: list[asyncio.Future[None]] = []
        self._forever: asyncio.Future[None] | None = None

    def __repr__(self) -> str:
        state = "closed" if self._closed else "serving" if self._addresses else "not serving"
        return f"<Server {state}: {len(self._transports)} open>"

    @property
    def sockets(self) -> tuple[SimulatedSocket, ...]:
        return tuple(SimulatedSocket(address) for address in self._addresses)

    def get_loop(self) -> asyncio.AbstractEventLoop:
        return self._loop

    def is_serving(self) -> bool:
        return bool(self._addresses)

    async def start_serving(self) -> None:
        if self._closed:
            raise RuntimeError("server is closed")
        if not self._addresses:
            for host, port in self._places:
                self._addresses.append(await self._loop.network.listen(host, port, self))

    async def serve_forever(self) -> None:
        if self._forever is not None:
            raise RuntimeError(f"server {self!r} is already being awaited on serve_forever()")
        await self.start_serving()
        self._forever = self._loop.create_future()
        try:
            await self._forever
        except asyncio.CancelledError:
            self.close()
            await self.wait_closed()
            raise
        finally:
            self._forever = None

    def accept(self, outlet: Inlet, peername: Address, sockname: Address) -> Inlet:
        """Take a connection; asyncio's protocol meets it in the loop's next turn."""
        transport = connected_transport(self._loop, sockname, peername)
        transport.outlet = outlet
        if self._sslcontext:
            transport._extra["sslcontext"] = self._sslcontext
        self._transports[transport] = None
        transport.on_lost = lambda: self._lost(transport)
        self._loop.call_soon_threadsafe(self._meet, transport)
        return Wire(self._loop, transport, self._loop.network.latency)

    def _meet(self, transport: StreamTransport) -> None:
        try:
            transport.begin(self._protocol_factory())
        except Exception as exc:
            self._loop.call_exception_handler(
                {"message": "Error on transport creation for incoming connection", "exception": exc}
            )
            transport.abort()

    def _lost(self, transport: StreamTransport) -> None:
        self._transports.pop(transport, None)
        self._wake_up()

    def _wake_up(self) -> None:
        if self._closed and not self._transports:
            for waiter in self._waiters:
                if not waiter.done():
                    waiter.set_result(None)
            self._waiters.clear()

    def close(self) -> None:
        for address in self._addresses:
            self._loop.network.stop_listening(address)
        self._addresses.clear()
        self._closed = True
        if self._forever is not None and not self._forever.done():
            self._forever.cancel()
        self._wake_up()

    def close_clients(self) -> None:
        for transport in list(self._transports):
            transport.close()

    def abort_clients(self) -> None:
        for transport in list(self._transports):
            transport.abort()

    async def wait_closed(self) -> None:
        if not self._closed or self._transports:
            waiter = self._loop.create_future()
            self._waiters.append(waiter)
            await waiter


class DatagramTransport(asyncio.DatagramTransport):
    """A UDP endpoint in memory. Datagrams to an address where nobody receives are lost."""

    def __init__(self, loop: SimulatedLoop, remote: Address | None) -> None:
        self._extra: dict[str, object]
        super().__init__()
        self._loop = loop
        self._remote = remote
        self._local: Address = ("", 0)
        self._protocol: Any = None
        self._early: list[tuple[bytes, Address]] = []
        self._closing = False

    def bound(self, address: Address) -> None:
        """The endpoint receives at `address`."""
        self._local = address
        self._extra.update(
            sockname=address, peername=self._remote, socket=SimulatedSocket(address, self._remote, kind=2)
        )

    def begin(self, protocol: asyncio.BaseProtocol) -> None:
        """Give the endpoint its protocol."""
        self._protocol = protocol
        protocol.connection_made(self)
        for data, source in self._early:
            self._loop.call_soon(self.receive, data, source)

    def receive(self, data: bytes, source: Address) -> None:
        """Take a datagram from the network; those that come before the protocol wait for it."""
        if self._protocol is None:
            self._early.append((data, source))
        elif not self._closing and self._remote in (None, source):
            self._protocol.datagram_received(data, source)

    def sendto(self, data: Any, addr: Any = None) -> None:
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise TypeError(f"data argument must be a bytes-like object, not {type(data).__name__!r}")
        if self._remote is not None and addr not in (None, self._remote):
            raise ValueError(f"Invalid address: must be None or {self._remote}")
        target = self._remote or addr
        if target is None:
            raise ValueError("no address to send to: pass addr, or remote_addr when the endpoint is created")
        if self._closing:
            return
        address = self._loop.network.address_of(target[0])
        if address is not None:
            self._loop.network.send_datagram(self._loop, bytes(data), self._local, (address, target[1]))

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        if not self._closing:
            self._closing = True
            self._loop.network.release_datagrams(self._local)
            self._loop.call_soon(self._protocol.connection_lost, None)

    abort = close

    def get_protocol(self) -> Any:
        return self._protocol

    def set_protocol(self, protocol: Any) -> None:
        self._protocol = protocol

    def get_write_buffer_size(self) -> int:
        return 0
