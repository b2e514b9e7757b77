"""The network of one simulated world: names, listeners, connections, datagrams."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from grader.simulation.transports import Address, Inlet, SimulatedSocket, StreamTransport, Wire

if TYPE_CHECKING:
    from grader.simulation.loop import SimulatedLoop

LOCALHOST = "127.0.0.1"
_EVERY_ADDRESS = frozenset({"", "0.0.0.0", "::"})
_THIS_MACHINE = frozenset({"localhost", "ip6-localhost", "::1", LOCALHOST})


class Listener(Protocol):
    """Whatever takes connections at an address."""

    def accept(self, outlet: Inlet, peername: Address, sockname: Address) -> Inlet:
        """Take a connection whose other end is `outlet`; return this end."""


#: Takes the bytes of a datagram and the address that it came from.
DatagramReceiver = Callable[[bytes, Address], None]


def refused(address: Address) -> ConnectionRefusedError:
    """The error of a connection to an address where nobody listens."""
    return ConnectionRefusedError(errno.ECONNREFUSED, f"Connect call failed {address}")


def unknown_host(host: str) -> socket.gaierror:
    """The error of a name that the network does not know."""
    return socket.gaierror(socket.EAI_NONAME, f"Name or service not known: {host}")


def taken(address: Address) -> OSError:
    """The error of a server at an address that another one has."""
    return OSError(errno.EADDRINUSE, f"error while attempting to bind on address {address}: address already in use")


class Network:
    """Where connections and datagrams meet.

    A name is known once `name` has given it an address; a server that binds a name does so.
    `latency` is the time in virtual seconds that anything takes in one direction.
    """

    def __init__(self) -> None:
        self.latency = 0.0
        self._names: dict[str, str] = {}
        self._listeners: dict[Address, Listener] = {}
        self._receivers: dict[Address, DatagramReceiver] = {}
        self._next_port = 49152

    def __repr__(self) -> str:
        return f"<Network: {len(self._names)} names, {len(self._listeners)} listening>"

    # -- names ----------------------------------------------------------------------------------

    def name(self, host: str) -> str:
        """Make `host` known; return its address."""
        host = host.lower().rstrip(".")
        return self.address_of(host) or self.new_name(host)

    def new_name(self, host: str) -> str:
        """The next address, for a name that has none."""
        host = host.lower().rstrip(".")
        number = len(self._names) + 1
        return self._names.setdefault(host, f"10.0.{number // 256}.{number % 256}")

    def address_of(self, host: str) -> str | None:
        """The address of `host`, None where it is unknown."""
        host = host.lower().rstrip(".")
        if host in _THIS_MACHINE or host in _EVERY_ADDRESS:
            return LOCALHOST
        try:
            return str(ipaddress.ip_address(host))
        except ValueError:
            return self._names.get(host)

    async def resolve(self, host: str) -> str:
        """The address of `host`.

        Raises:
            socket.gaierror: the name is unknown.
        """
        address = self.address_of(host)
        if address is None:
            raise unknown_host(host)
        return address

    def free_port(self) -> int:
        """A port that nobody uses."""
        self._next_port += 1
        return self._next_port

    # -- streams ----------------------------------------------------------------------------------

    async def listen(self, host: str | None, port: int, listener: Listener) -> Address:
        """Take connections at `host` (None: every address) and `port` (0: a free one)."""
        every = host is None or host in _EVERY_ADDRESS
        address = ("0.0.0.0" if every else self.name(host or ""), port or self.free_port())
        if address in self._listeners:
            raise taken(address)
        self._listeners[address] = listener
        return address

    def stop_listening(self, address: Address) -> None:
        """Refuse connections at `address` from now on."""
        self._listeners.pop(address, None)

    def listener_at(self, address: Address) -> Listener | None:
        """Who takes connections to `address`."""
        return self._listeners.get(address) or self._listeners.get(("0.0.0.0", address[1]))

    async def dial(self, loop: SimulatedLoop, address: Address) -> StreamTransport:
        """Open a connection from `loop`, in one round trip; the transport has no protocol yet.

        Raises:
            ConnectionRefusedError: nobody listens there.
        """
        await asyncio.sleep(self.latency)
        sockname = (LOCALHOST, self.free_port())
        transport = connected_transport(loop, sockname, address)
        # Each end brings the wire that leads to it, so that what arrives is met in its own loop.
        inlet = transport.outlet = self.open(address, Wire(loop, transport, self.latency), sockname)
        try:
            await asyncio.sleep(self.latency)
        except asyncio.CancelledError:
            # The server has the connection already: it must see it close.
            transport.abort()
            raise
        if inlet is None:
            raise refused(address)
        return transport

    def open(self, address: Address, outlet: Inlet, sockname: Address) -> Inlet | None:
        """Offer a connection to whoever listens at `address`; None where nobody does.

        Both the given `outlet` and the inlet that is returned take `latency` themselves.
        """
        listener = self.listener_at(address)
        return None if listener is None else listener.accept(outlet, sockname, address)

    # -- datagrams ----------------------------------------------------------------------------------

    async def bind_datagrams(self, host: str | None, port: int, receiver: DatagramReceiver) -> Address:
        """Receive datagrams at `host` and `port` (0: a free one)."""
        address = (
            LOCALHOST if host is None or host in _EVERY_ADDRESS else self.name(host),
            port or self.free_port(),
        )
        if address in self._receivers:
            raise taken(address)
        self._receivers[address] = receiver
        return address

    def release_datagrams(self, address: Address) -> None:
        """Receive no more at `address`."""
        self._receivers.pop(address, None)

    def send_datagram(self, loop: SimulatedLoop, data: bytes, source: Address, target: Address) -> None:
        """Deliver a datagram, or lose it where nobody receives."""

        def deliver() -> None:
            if receiver := self._receivers.get(target):
                receiver(data, source)

        if not loop.is_closed():
            loop.call_later(self.latency, deliver) if self.latency else loop.call_soon_threadsafe(deliver)


def connected_transport(loop: SimulatedLoop, sockname: Address, peername: Address) -> StreamTransport:
    """A transport that knows its addresses; it needs an `outlet` and a protocol."""
    return StreamTransport(
        loop,
        {"socket": SimulatedSocket(sockname, peername), "sockname": sockname, "peername": peername},
    )
