"""Each call has a queue of its own, and the socket takes from anybody; the server counts its free places."""

import asyncio
import uuid


class _ToQueues(asyncio.DatagramProtocol):
    def __init__(self, service):
        self.service = service
        self.queues = {}

    def datagram_received(self, data, source):
        if source != self.service:
            return
        match data.split(b" ", 1):
            case [request_id, answer] if request_id in self.queues:
                self.queues[request_id].put_nowait(answer.decode())


class Resolver:
    def __init__(self, transport, protocol):
        self.transport = transport
        self.queues = protocol.queues

    @property
    def pending(self):
        return len(self.queues)

    async def resolve(self, name, *, timeout, attempts):
        key = uuid.uuid4().hex.encode()
        queue = self.queues[key] = asyncio.Queue()
        try:
            while True:
                self.transport.sendto(key + b" " + name.encode(), self.service)
                attempts -= 1
                try:
                    answer = await asyncio.wait_for(queue.get(), timeout)
                except TimeoutError:
                    if attempts == 0:
                        raise
                else:
                    break
        finally:
            del self.queues[key]
        if answer is None:
            raise ConnectionAbortedError("closed")
        if answer[:4] == "ERR ":
            raise LookupError(answer[4:])
        return answer

    async def aclose(self):
        for queue in self.queues.values():
            queue.put_nowait(None)
        self.transport.close()


async def open_resolver(service):
    transport, protocol = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: _ToQueues(service), local_addr=("0.0.0.0", 0)
    )
    resolver = Resolver(transport, protocol)
    resolver.service = service
    return resolver


class LookupServer(asyncio.DatagramProtocol):
    def __init__(self, handler, limit):
        self.handler = handler
        self.free = limit
        self.tasks = {}

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, source):
        request_id, space, name = data.partition(b" ")
        if space and self.free:
            self.free -= 1
            task = asyncio.get_running_loop().create_task(self.serve(request_id, name.decode(), source))
            self.tasks[task] = None
            task.add_done_callback(self.done)

    def done(self, task):
        del self.tasks[task]
        self.free += 1

    async def serve(self, request_id, name, source):
        try:
            answer = await self.handler(name)
        except Exception as error:
            answer = f"ERR {error if isinstance(error, LookupError) else 'internal'}"
        self.transport.sendto(request_id + b" " + answer.encode(), source)

    async def aclose(self):
        self.transport.abort()
        for task in self.tasks:
            task.cancel()
        if self.tasks:
            await asyncio.wait(list(self.tasks))


async def serve_lookups(address, handler, *, limit):
    return (
        await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: LookupServer(handler, limit), local_addr=address
        )
    )[1]
