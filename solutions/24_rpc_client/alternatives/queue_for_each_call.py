"""Each call has a queue of its own; the first call starts the reading task, and each drains under its timeout."""

import asyncio
import json
import uuid


class RpcError(Exception):
    pass


class RpcClient:
    def __init__(self, reader, writer):
        self.reader = reader
        self.writer = writer
        self.queues = {}
        self.reading = None
        self.over = False

    @property
    def pending(self):
        return len(self.queues)

    async def call(self, method, params, *, timeout):
        if self.over or self.reader.at_eof():
            raise ConnectionResetError("no connection")
        if self.reading is None:
            self.reading = asyncio.create_task(self.read())
        key = str(uuid.uuid4())
        queue = self.queues[key] = asyncio.Queue()
        try:
            return await asyncio.wait_for(self.ask(queue, {"id": key, "method": method, "params": params}), timeout)
        finally:
            self.queues.pop(key)

    async def ask(self, queue, request):
        self.writer.write((json.dumps(request) + "\n").encode())
        await self.writer.drain()
        message = await queue.get()
        if message is None:
            raise ConnectionAbortedError("the connection has ended")
        if "error" in message:
            raise RpcError(message["error"])
        return message["result"]

    async def read(self):
        try:
            while True:
                message = json.loads(await self.reader.readuntil())
                if message.get("id") in self.queues:
                    self.queues[message["id"]].put_nowait(message)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.over = True
            for queue in self.queues.values():
                queue.put_nowait(None)

    async def aclose(self):
        self.writer.close()
        self.over = True
        if self.reading is not None:
            self.reading.cancel()
            await asyncio.gather(self.reading, return_exceptions=True)
