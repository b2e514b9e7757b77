"""concurrency: keeps the calls that wait in the class, so that each resolver counts those of all."""

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

    _lookups: dict[tuple[int, bytes], Lookup] = {}

    def __init__(self, service: Address) -> None:
        self._service = service
        self._number = 0
        self._closed = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        self._transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        if not self._closed.done():
            self._closed.set_result(None)

    def datagram_received(self, data: bytes, source: Address) -> None:
        own_id, space, text = data.partition(b" ")
        lookup = self._lookups.get((id(self), own_id))
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
        lookup = self._lookups[id(self), own_id] = Lookup(self, own_id + b" " + name.encode(), timeout, attempts)
        try:
            return await lookup.reply
        finally:
            del self._lookups[id(self), own_id]

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


class Inbox(asyncio.DatagramProtocol):
    """Puts what arrives into the hands of a worker who has nothing to do; drops it if there is none."""

    def __init__(self) -> None:
        self.idle: list[asyncio.Future[tuple[bytes, Address]]] = []
        self.lost = asyncio.Event()

    def connection_lost(self, error: Exception | None) -> None:
        self.lost.set()

    def datagram_received(self, data: bytes, source: Address) -> None:
        if b" " in data and self.idle:
            self.idle.pop().set_result((data, source))


class LookupServer:
    """Answers requests for addresses with a fixed number of workers."""

    def __init__(self, transport: asyncio.DatagramTransport, inbox: Inbox, handler: Handler, limit: int) -> None:
        self._transport, self._inbox, self._handler = transport, inbox, handler
        self._first = [asyncio.get_running_loop().create_future() for _ in range(limit)]
        inbox.idle.extend(self._first)
        self._workers = [asyncio.create_task(self._work(request)) for request in self._first]

    async def _work(self, request: "asyncio.Future[tuple[bytes, Address]]") -> None:
        while True:
            data, source = await request
            own_id, name = data.split(b" ", 1)
            try:
                text = await self._handler(name.decode())
            except LookupError as error:
                text = f"ERR {error}"
            except Exception:
                text = "ERR internal"
            if not self._transport.is_closing():
                self._transport.sendto(own_id + b" " + text.encode(), source)
            request = asyncio.get_running_loop().create_future()
            self._inbox.idle.append(request)

    async def aclose(self) -> None:
        """Free the address, cancel the handlers, and wait until they have ended."""
        self._transport.close()
        self._inbox.idle.clear()
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
        await self._inbox.lost.wait()


async def serve_lookups(address: Address, handler: Handler, *, limit: int) -> LookupServer:
    """A server at `address` that answers with `handler`, of which at most `limit` are running."""
    loop = asyncio.get_running_loop()
    transport, inbox = await loop.create_datagram_endpoint(Inbox, local_addr=address)
    return LookupServer(transport, inbox, handler, limit)
