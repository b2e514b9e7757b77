"""An event wakes each call when its reply lies in a dictionary; a fixed number of workers answers requests."""

import asyncio
from contextlib import contextmanager


class Resolver(asyncio.DatagramProtocol):
    def __init__(self, service):
        self.service = service
        self.last_id = 0
        self.events = {}
        self.replies = {}
        self.closed = False

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        request_id, space, reply = data.partition(b" ")
        if addr == self.service and space and request_id in self.events:
            self.replies.setdefault(request_id, reply.decode())
            self.events[request_id].set()

    @property
    def pending(self):
        return len(self.events)

    @contextmanager
    def waiting(self):
        self.last_id += 1
        request_id = b"%x" % self.last_id
        self.events[request_id] = asyncio.Event()
        try:
            yield request_id
        finally:
            del self.events[request_id]
            self.replies.pop(request_id, None)

    async def resolve(self, name, *, timeout, attempts):
        with self.waiting() as request_id:
            async with asyncio.timeout(timeout * attempts):
                sending = asyncio.create_task(self.send_repeatedly(request_id, name, timeout, attempts))
                try:
                    await self.events[request_id].wait()
                finally:
                    sending.cancel()
                    await asyncio.wait([sending])
            if self.closed:
                raise ConnectionError("the resolver was closed")
            reply = self.replies[request_id]
        if reply.startswith("ERR "):
            raise LookupError(reply.partition(" ")[2])
        return reply

    async def send_repeatedly(self, request_id, name, timeout, attempts):
        for _ in range(attempts):
            self.transport.sendto(request_id + b" " + name.encode(), self.service)
            await asyncio.sleep(timeout)

    async def aclose(self):
        self.closed = True
        self.transport.close()
        for event in self.events.values():
            event.set()


async def open_resolver(service):
    loop = asyncio.get_running_loop()
    _, resolver = await loop.create_datagram_endpoint(lambda: Resolver(service), local_addr=("127.0.0.1", 0))
    return resolver


class LookupServer(asyncio.DatagramProtocol):
    def __init__(self, handler, limit):
        self.handler = handler
        self.requests = asyncio.Queue()
        self.busy = 0
        self.limit = limit
        self.workers = [asyncio.create_task(self.work()) for _ in range(limit)]

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        request_id, space, name = data.partition(b" ")
        if space and self.busy < self.limit:
            self.busy += 1
            self.requests.put_nowait((request_id, name.decode(), addr))

    async def work(self):
        while True:
            request_id, name, addr = await self.requests.get()
            try:
                answer = await self.handler(name)
            except LookupError as error:
                answer = f"ERR {error}"
            except Exception:
                answer = "ERR internal"
            self.busy -= 1
            self.transport.sendto(request_id + b" " + answer.encode(), addr)

    async def aclose(self):
        self.transport.close()
        for worker in self.workers:
            worker.cancel()
        await asyncio.gather(*self.workers, return_exceptions=True)


async def serve_lookups(address, handler, *, limit):
    loop = asyncio.get_running_loop()
    _, server = await loop.create_datagram_endpoint(lambda: LookupServer(handler, limit), local_addr=address)
    return server
