"""concurrency: awaits drain() of every client, and so waits for the one that does not read."""

import asyncio

MAX_LINE = 1024


class ChatServer:
    def __init__(self):
        self._connections = {}
        self._room = {}

    @property
    def clients(self):
        return len(self._room)

    async def start(self, host, port):
        self._server = await asyncio.start_server(self._serve, host, port, limit=MAX_LINE)

    async def stop(self, grace):
        self._server.close()
        room, self._room = self._room, {}
        for writer in room:
            writer.write(b"* bye\n")
        for writer in self._connections:
            writer.close()
        handlers = list(self._connections.values())
        if not handlers:
            return
        try:
            await asyncio.wait(handlers, timeout=grace)
        finally:
            for writer in self._connections:
                writer.transport.abort()
            await asyncio.wait(handlers)

    async def _broadcast(self, text, author=None):
        for writer in list(self._room):
            if writer is not author:
                writer.write(f"{text}\n".encode())
                try:
                    await writer.drain()
                except ConnectionError:
                    self._room.pop(writer, None)
                    writer.transport.abort()

    async def _serve(self, reader, writer):
        self._connections[writer] = asyncio.current_task()
        name = ""
        try:
            name = (await reader.readline()).decode().strip()
            if name and not writer.is_closing():
                self._room[writer] = name
                await self._broadcast(f"* {name} joined", writer)
                while line := await reader.readline():
                    await self._broadcast(f"{name}: {line.decode().strip()}", writer)
        except (ValueError, ConnectionError):
            pass
        finally:
            self._room.pop(writer, None)
            if name:
                await self._broadcast(f"* {name} left")
            writer.close()
            try:
                await writer.wait_closed()
            except ConnectionError:
                pass
            del self._connections[writer]
