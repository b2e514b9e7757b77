"""A timer sends each request again, as a callback; `resolve` only waits for its Future, and no task is kept."""

import asyncio


class _Lookup:
    """One call of `resolve`: what it sends, the timer, and the Future that ends it."""

    def __init__(self, transport, datagram, timeout, attempts):
        self.transport = transport
        self.datagram = datagram
        self.timeout = timeout
        self.attempts = attempts
        self.loop = asyncio.get_running_loop()
        self.result = self.loop.create_future()
        self.result.add_done_callback(lambda _: self.timer.cancel())
        self.send()

    def send(self):
        if self.attempts == 0:
            self.fail(TimeoutError())
            return
        self.attempts -= 1
        self.transport.sendto(self.datagram)
        self.timer = self.loop.call_later(self.timeout, self.send)

    def fail(self, error):
        if not self.result.done():
            self.result.set_exception(error)

    def answer(self, text):
        if text.startswith("ERR "):
            self.fail(LookupError(text[len("ERR ") :]))
        elif not self.result.done():
            self.result.set_result(text)


class Resolver(asyncio.DatagramProtocol):
    def __init__(self):
        self.lookups = {}
        self.made = 0

    def connection_made(self, transport):
        self.transport = transport

    def connection_lost(self, exc):
        self.fail_all()

    def fail_all(self):
        for lookup in self.lookups.values():
            lookup.fail(ConnectionResetError("closed"))

    def datagram_received(self, data, addr):
        try:
            key, answer = data.decode().split(" ", 1)
            lookup = self.lookups[key]
        except (ValueError, KeyError):
            return
        lookup.answer(answer)

    @property
    def pending(self):
        return sum(not lookup.result.done() for lookup in self.lookups.values())

    async def resolve(self, name, *, timeout, attempts):
        self.made += 1
        key = f"r{self.made}"
        lookup = self.lookups[key] = _Lookup(self.transport, f"{key} {name}".encode(), timeout, attempts)
        try:
            return await lookup.result
        finally:
            self.lookups.pop(key)

    async def aclose(self):
        self.transport.close()
        self.fail_all()


async def open_resolver(service):
    loop = asyncio.get_running_loop()
    _, protocol = await loop.create_datagram_endpoint(Resolver, remote_addr=service)
    return protocol


class LookupServer(asyncio.DatagramProtocol):
    def __init__(self, handler, limit):
        self.handler = handler
        self.limit = limit
        self.askers = {}

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        if b" " not in data or len(self.askers) >= self.limit:
            return
        key, name = data.decode().split(" ", 1)
        task = asyncio.ensure_future(self.handler(name))
        self.askers[task] = (key, addr)
        task.add_done_callback(self.handled)

    def handled(self, task):
        key, addr = self.askers.pop(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            answer = task.result()
        elif isinstance(error, LookupError):
            answer = f"ERR {error}"
        else:
            answer = "ERR internal"
        self.transport.sendto(f"{key} {answer}".encode(), addr)

    async def aclose(self):
        self.transport.close()
        tasks = [*self.askers]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def serve_lookups(address, handler, *, limit):
    loop = asyncio.get_running_loop()
    _, protocol = await loop.create_datagram_endpoint(lambda: LookupServer(handler, limit), local_addr=address)
    return protocol
