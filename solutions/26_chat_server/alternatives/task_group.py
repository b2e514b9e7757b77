"""Each connection is a task group of a listener, a sender and a guard."""

import asyncio
from collections import deque

MAX_LINE = 1024
MAX_WAITING = 40_000
NEWLINE = "\n"


class Over(Exception):
    """The connection is to end."""


class Outbox:
    """Lines that wait for one client."""

    def __init__(self):
        self.lines = deque()
        self.size = 0
        self.news = asyncio.Event()
        self.full = asyncio.Event()
        self.closing = False

    def put(self, line):
        self.lines.append(line)
        self.size += len(line)
        self.news.set()
        if self.size > MAX_WAITING:
            self.full.set()

    def close(self):
        self.closing = True
        self.news.set()

    async def send_to(self, writer):
        while True:
            await self.news.wait()
            self.news.clear()
            while self.lines:
                line = self.lines.popleft()
                writer.write(line)
                await writer.drain()
                self.size -= len(line)
            if self.closing:
                writer.close()
                await writer.wait_closed()
                raise Over

    async def watch(self):
        await self.full.wait()
        raise Over


class ChatServer:
    def __init__(self):
        self._rooms = {}
        self._tasks = set()
        self._outboxes = set()

    @property
    def clients(self):
        return len(self._rooms)

    async def start(self, host, port):
        self._server = await asyncio.start_server(self._serve, host, port, limit=MAX_LINE)

    def _say(self, text, but):
        for outbox in self._rooms:
            if outbox is not but:
                outbox.put(f"{text}\n".encode())

    async def _serve(self, reader, writer):
        task = asyncio.current_task()
        self._tasks.add(task)
        outbox = Outbox()
        self._outboxes.add(outbox)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(outbox.watch())
                group.create_task(outbox.send_to(writer))
                group.create_task(self._listen(reader, outbox))
        except* (Over, ConnectionError, ValueError):
            pass
        finally:
            writer.transport.abort()
            self._outboxes.discard(outbox)
            self._tasks.discard(task)

    async def _listen(self, reader, outbox):
        name = (await reader.readline()).decode().rstrip()
        if not name:
            raise Over
        self._rooms[outbox] = name
        self._say(f"* {name} joined", but=outbox)
        try:
            while line := await reader.readline():
                self._say(f"{name}: {line.decode().removesuffix(NEWLINE)}", but=outbox)
            raise Over
        finally:
            if self._rooms.pop(outbox, None):
                self._say(f"* {name} left", but=outbox)

    async def stop(self, grace):
        self._server.close()
        for outbox in self._rooms:
            outbox.put(b"* bye\n")
        self._rooms.clear()
        for outbox in self._outboxes:
            outbox.close()
        tasks = set(self._tasks)
        try:
            if tasks:
                await asyncio.wait(tasks, timeout=grace)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
