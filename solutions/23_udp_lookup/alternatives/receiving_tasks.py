"""Datagrams go into a queue, as bytes go into a stream, and a task at each end takes them out one by one."""

import asyncio
import itertools


class Socket(asyncio.DatagramProtocol):
    """A datagram endpoint whose datagrams are awaited."""

    @classmethod
    async def open(cls, **options):
        _, socket = await asyncio.get_running_loop().create_datagram_endpoint(cls, **options)
        return socket

    def __init__(self):
        self.arrived = asyncio.Queue()

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        self.arrived.put_nowait((data, addr))

    async def receive(self):
        """The next datagram that has two words, and its sender."""
        while True:
            data, addr = await self.arrived.get()
            try:
                request_id, text = data.decode().split(" ", maxsplit=1)
            except ValueError:
                continue
            return request_id, text, addr


class Resolver:
    def __init__(self, socket):
        self._socket = socket
        self._ids = itertools.count()
        self._waiting = {}
        self._receiving = asyncio.create_task(self._receive())

    async def _receive(self):
        while True:
            request_id, text, _ = await self._socket.receive()
            if (reply := self._waiting.get(request_id)) and not reply.done():
                reply.set_result(text)

    @property
    def pending(self):
        return len(self._waiting)

    async def resolve(self, name, *, timeout, attempts):
        request_id = f"id-{next(self._ids)}"
        reply = self._waiting[request_id] = asyncio.Future()
        try:
            for attempt in range(1, attempts + 1):
                self._socket.transport.sendto(f"{request_id} {name}".encode())
                try:
                    async with asyncio.timeout(timeout):
                        text = await asyncio.shield(reply)
                        break
                except TimeoutError:
                    if attempt == attempts:
                        raise
        finally:
            del self._waiting[request_id]
        if text.startswith("ERR "):
            raise LookupError(text.removeprefix("ERR "))
        return text

    async def aclose(self):
        self._socket.transport.close()
        self._receiving.cancel()
        await asyncio.wait([self._receiving])
        for reply in self._waiting.values():
            reply.set_exception(ConnectionError("closed"))


async def open_resolver(service):
    return Resolver(await Socket.open(remote_addr=service))


class LookupServer:
    def __init__(self, socket, handler, limit):
        self._socket = socket
        self._handler = handler
        self._limit = limit
        self._running = 0
        self._serving = asyncio.create_task(self._serve())

    async def _serve(self):
        async with asyncio.TaskGroup() as group:
            while True:
                request = await self._socket.receive()
                if self._running < self._limit:
                    self._running += 1
                    group.create_task(self._answer(*request))

    async def _answer(self, request_id, name, addr):
        try:
            answer = await self._handler(name)
        except LookupError as error:
            answer = f"ERR {error}"
        except Exception:
            answer = "ERR internal"
        finally:
            self._running -= 1
        self._socket.transport.sendto(f"{request_id} {answer}".encode(), addr)

    async def aclose(self):
        self._socket.transport.close()
        self._serving.cancel()
        await asyncio.wait([self._serving])


async def serve_lookups(address, handler, *, limit):
    return LookupServer(await Socket.open(local_addr=address), handler, limit)
