"""Lookup over UDP: ask until an answer comes, and answer those who ask."""

import asyncio
from collections.abc import Awaitable, Callable

Address = tuple[str, int]
Handler = Callable[[str], Awaitable[str]]


# TODO: ask again when no reply comes, tell replies apart, answer with the handler, and close cleanly.


class Resolver(asyncio.DatagramProtocol):
    """Asks a name service for addresses."""

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        """The socket is open."""
        self._transport = transport

    def datagram_received(self, data: bytes, source: Address) -> None:
        """A datagram has arrived."""
        self._reply.set_result(data.decode().split()[1])

    @property
    def pending(self) -> int:
        """How many calls of `resolve` wait for a reply."""
        return 0

    async def resolve(self, name: str, *, timeout: float, attempts: int) -> str:
        """The address of `name`, for which the service is asked at most `attempts` times."""
        self._reply = asyncio.get_running_loop().create_future()
        self._transport.sendto(f"1 {name}".encode())
        async with asyncio.timeout(timeout):
            return await self._reply

    async def aclose(self) -> None:
        """Close the socket; calls that wait fail with `ConnectionError`."""


async def open_resolver(service: Address) -> Resolver:
    """A resolver that asks the name service at the address `service`."""
    loop = asyncio.get_running_loop()
    _, resolver = await loop.create_datagram_endpoint(Resolver, remote_addr=service)
    return resolver


class LookupServer(asyncio.DatagramProtocol):
    """Answers requests for addresses."""

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        """The socket is open."""
        self._transport = transport

    def datagram_received(self, data: bytes, source: Address) -> None:
        """A datagram has arrived."""
        self._transport.sendto(data, source)

    async def aclose(self) -> None:
        """Free the address, cancel the handlers, and wait until they have ended."""


async def serve_lookups(address: Address, handler: Handler, *, limit: int) -> LookupServer:
    """A server at `address` that answers with `handler`, of which at most `limit` are running."""
    loop = asyncio.get_running_loop()
    _, server = await loop.create_datagram_endpoint(LookupServer, local_addr=address)
    return server
