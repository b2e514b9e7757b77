"""cancellation: the task that sends to a client goes on when the client has left."""

import asyncio

MAX_LINE = 1024


class ChatServer:
    def __init__(self):
        self._queues = {}
        self._handlers = {}
        self._senders = set()

    @property
    def clients(self):
        return len(self._queues)

    async def start(self, host, port):
        self._server = await asyncio.start_server(self._handle, host, port, limit=MAX_LINE)

    async def stop(self, grace):
        self._server.close()
        self._broadcast("* bye")
        for task, writer in self._handlers.items():
            if writer in self._queues:
                self._put(writer, None)
            else:
                writer.close()
        self._queues.clear()
        tasks = list(self._handlers)
        if tasks:
            try:
                await asyncio.wait(tasks, timeout=grace)
            finally:
                for writer in self._handlers.values():
                    writer.transport.abort()
                await asyncio.wait(tasks)

    def _broadcast(self, text, author=None):
        for writer in self._queues:
            if writer is not author:
                self._put(writer, f"{text}\n".encode())

    def _put(self, writer, line):
        try:
            self._queues[writer].put_nowait(line)
        except asyncio.QueueFull:
            writer.transport.abort()

    async def _send(self, queue, writer):
        while line := await queue.get():
            writer.write(line)
            await writer.drain()
        writer.close()

    async def _handle(self, reader, writer):
        self._handlers[asyncio.current_task()] = writer
        try:
            name = (await reader.readline()).decode().strip()
            if name and not writer.is_closing():
                await self._chat(name, reader, writer)
        except (ValueError, ConnectionError):
            pass
        finally:
            writer.close()
            try:
                await writer.wait_closed()
            except ConnectionError:
                pass
            del self._handlers[asyncio.current_task()]

    async def _chat(self, name, reader, writer):
        self._broadcast(f"* {name} joined")
        queue = self._queues[writer] = asyncio.Queue(50)
        self._senders.add(asyncio.create_task(self._send(queue, writer)))
        try:
            async for line in reader:
                self._broadcast(f"{name}: {line.decode().strip()}", writer)
        finally:
            if self._queues.pop(writer, None):
                self._broadcast(f"* {name} left")
