"""A protocol instead of streams: the transport calls `pause_writing` when too much waits, and a timer runs."""

import asyncio

MAX_LINE = 1024
PATIENCE = 2.0


class Member(asyncio.Protocol):
    def __init__(self, server):
        self.server = server
        self.name = None
        self.buffer = b""
        self.timer = None
        self.lost = asyncio.get_running_loop().create_future()

    def connection_made(self, transport):
        self.transport = transport
        self.server.connections.add(self)

    def data_received(self, data):
        *lines, self.buffer = (self.buffer + data).split(b"\n")
        for line in lines:
            if len(line) > MAX_LINE:
                self.transport.abort()
                return
            self.line_received(line)
        if len(self.buffer) > MAX_LINE:
            self.transport.abort()

    def line_received(self, line):
        if self.name is None:
            self.name = line
            self.server.broadcast(b"* %b joined\n" % line, self)
        else:
            self.server.broadcast(b"%b: %b\n" % (self.name, line), self)

    def pause_writing(self):
        self.timer = asyncio.get_running_loop().call_later(PATIENCE, self.transport.abort)

    def resume_writing(self):
        self.timer.cancel()

    def connection_lost(self, exc):
        if self.timer is not None:
            self.timer.cancel()
        self.server.connections.discard(self)
        if self.name is not None and not self.server.stopping:
            self.server.broadcast(b"* %b left\n" % self.name, self)
        self.lost.set_result(None)


class ChatServer:
    def __init__(self):
        self.connections = set()
        self.stopping = False

    @property
    def clients(self):
        return sum(member.name is not None for member in self.connections)

    def broadcast(self, line, author=None):
        for member in self.connections:
            if member is not author and member.name is not None:
                member.transport.write(line)

    async def start(self, host, port):
        loop = asyncio.get_running_loop()
        self.server = await loop.create_server(lambda: Member(self), host, port)

    async def stop(self, grace):
        self.server.close()
        self.stopping = True
        self.broadcast(b"* bye\n")
        lost = [member.lost for member in self.connections]
        for member in self.connections:
            member.transport.close()
        try:
            if lost:
                await asyncio.wait(lost, timeout=grace)
        finally:
            for member in self.connections:
                member.transport.abort()
        if lost:
            await asyncio.wait(lost)
