"""cancellation: cancels the handlers, but returns before they have ended."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable

Address = tuple[str, int]
Handler = Callable[[str], Awaitable[str]]


class Resolver(asyncio.DatagramProtocol):
    """Asks a name service for addresses."""

    def __init__(self) -> None:
        self._ids = itertools.count(1)
        self._replies: dict[str, asyncio.Future[str]] = {}

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        """The socket is open."""
        self._transport = transport

    def datagram_received(self, data: bytes, source: Address) -> None:
        """A datagram has arrived."""
        request_id, space, answer = data.decode(errors="replace").partition(" ")
        reply = self._replies.get(request_id)
        if not space or reply is None or reply.done():
            return
        if answer.startswith("ERR "):
            reply.set_exception(LookupError(answer.removeprefix("ERR ")))
        else:
            reply.set_result(answer)

    @property
    def pending(self) -> int:
        """How many calls of `resolve` wait for a reply."""
        return len(self._replies)

    async def resolve(self, name: str, *, timeout: float, attempts: int) -> str:
        """The address of `name`, for which the service is asked at most `attempts` times."""
        request_id = str(next(self._ids))
        reply = self._replies[request_id] = asyncio.get_running_loop().create_future()
        try:
            for _ in range(attempts):
                self._transport.sendto(f"{request_id} {name}".encode())
                await asyncio.wait([reply], timeout=timeout)
                if reply.done():
                    return reply.result()
            raise TimeoutError(f"no reply to {attempts} requests for {name}")
        finally:
            del self._replies[request_id]

    async def aclose(self) -> None:
        """Close the socket; calls that wait fail with `ConnectionError`."""
        self._transport.close()
        for reply in self._replies.values():
            if not reply.done():
                reply.set_exception(ConnectionError("the resolver has been closed"))


async def open_resolver(service: Address) -> Resolver:
    """A resolver that asks the name service at the address `service`."""
    loop = asyncio.get_running_loop()
    _, resolver = await loop.create_datagram_endpoint(Resolver, remote_addr=service)
    return resolver


class LookupServer(asyncio.DatagramProtocol):
    """Answers requests for addresses."""

    def __init__(self, handler: Handler, limit: int) -> None:
        self._handler = handler
        self._limit = limit
        self._running: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        """The socket is open."""
        self._transport = transport

    def datagram_received(self, data: bytes, source: Address) -> None:
        """A datagram has arrived."""
        request_id, space, name = data.decode(errors="replace").partition(" ")
        if space and len(self._running) < self._limit:
            task = asyncio.create_task(self._answer(request_id, name, source))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _answer(self, request_id: str, name: str, asker: Address) -> None:
        try:
            answer = await self._handler(name)
        except LookupError as error:
            answer = f"ERR {error}"
        except Exception:
            answer = "ERR internal"
        self._transport.sendto(f"{request_id} {answer}".encode(), asker)

    async def aclose(self) -> None:
        """Free the address, cancel the handlers, and wait until they have ended."""
        self._transport.close()
        for task in self._running:
            task.cancel()


async def serve_lookups(address: Address, handler: Handler, *, limit: int) -> LookupServer:
    """A server at `address` that answers with `handler`, of which at most `limit` are running."""
    loop = asyncio.get_running_loop()
    _, server = await loop.create_datagram_endpoint(lambda: LookupServer(handler, limit), local_addr=address)
    return server
