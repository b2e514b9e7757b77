"""cancellation: closes its socket last, and so takes requests while the cancelled handlers still clean up."""

import asyncio
from collections.abc import Awaitable, Callable

Address = tuple[str, int]
Handler = Callable[[str], Awaitable[str]]


class Lookup:
    """One call of `resolve`: it sends again by a timer until its future is done."""

    def __init__(self, resolver: "Resolver", request: bytes, timeout: float, attempts: int) -> None:
        self._resolver, self._request = resolver, request
        self._timeout, self._left = timeout, attempts
        self._loop = asyncio.get_running_loop()
        self.reply: asyncio.Future[str] = self._loop.create_future()
        self._timer: asyncio.TimerHandle | None = None
        self.reply.add_done_callback(lambda _: self._timer and self._timer.cancel())
        self._attempt()

    def _attempt(self) -> None:
        if self.reply.done():
            return
        if not self._left:
            self.reply.set_exception(TimeoutError("no reply"))
            return
        self._left -= 1
        self._resolver.send(self._request)
        self._timer = self._loop.call_later(self._timeout, self._attempt)


class Resolver(asyncio.DatagramProtocol):
    """Asks a name service for addresses."""

    def __init__(self, service: Address) -> None:
        self._service = service
        self._lookups: dict[bytes, Lookup] = {}
        self._number = 0
        self._closed = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        self._transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        if not self._closed.done():
            self._closed.set_result(None)

    def datagram_received(self, data: bytes, source: Address) -> None:
        own_id, space, text = data.partition(b" ")
        lookup = self._lookups.get(own_id)
        if source != self._service or not space or lookup is None or lookup.reply.done():
            return
        if text.startswith(b"ERR "):
            lookup.reply.set_exception(LookupError(text[4:].decode()))
        else:
            lookup.reply.set_result(text.decode())

    def send(self, request: bytes) -> None:
        self._transport.sendto(request, self._service)

    @property
    def pending(self) -> int:
        """How many calls of `resolve` wait for a reply."""
        return len(self._lookups)

    async def resolve(self, name: str, *, timeout: float, attempts: int) -> str:
        """The address of `name`, for which the service is asked at most `attempts` times."""
        self._number += 1
        own_id = b"lookup-%d" % self._number
        lookup = self._lookups[own_id] = Lookup(self, own_id + b" " + name.encode(), timeout, attempts)
        try:
            return await lookup.reply
        finally:
            del self._lookups[own_id]

    async def aclose(self) -> None:
        """Close the socket; calls that wait fail with `ConnectionError`."""
        for lookup in self._lookups.values():
            if not lookup.reply.done():
                lookup.reply.set_exception(ConnectionError("the resolver is closed"))
        self._transport.abort()
        await self._closed


async def open_resolver(service: Address) -> Resolver:
    """A resolver that asks the name service at the address `service`."""
    loop = asyncio.get_running_loop()
    _, resolver = await loop.create_datagram_endpoint(lambda: Resolver(service), local_addr=("0.0.0.0", 0))
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
        if b" " in data and len(self._running) < self._limit:
            task = asyncio.create_task(self._answer(data, source))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _answer(self, data: bytes, source: Address) -> None:
        own_id, name = data.decode().split(" ", 1)
        try:
            answer = await self._handler(name)
        except LookupError as error:
            answer = f"ERR {error}"
        except Exception:
            answer = "ERR internal"
        self._transport.sendto(f"{own_id} {answer}".encode(), source)

    async def aclose(self) -> None:
        """Free the address, cancel the handlers, and wait until they have ended."""
        handlers = list(self._running)
        for task in handlers:
            task.cancel()
        await asyncio.gather(*handlers, return_exceptions=True)
        self._transport.close()
        await asyncio.sleep(0)


async def serve_lookups(address: Address, handler: Handler, *, limit: int) -> LookupServer:
    """A server at `address` that answers with `handler`, of which at most `limit` are running."""
    loop = asyncio.get_running_loop()
    _, server = await loop.create_datagram_endpoint(lambda: LookupServer(handler, limit), local_addr=address)
    return server
