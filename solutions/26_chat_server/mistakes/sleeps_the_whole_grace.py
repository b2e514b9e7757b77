"""cancellation: sleeps for the whole grace, even if all connections are closed."""

import asyncio

MAX_LINE = 1024
MAX_WAITING = 64 * 1024


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
        self._broadcast("* bye")
        self._room.clear()
        for writer in self._connections:
            writer.close()
        handlers = list(self._connections.values())
        if not handlers:
            return
        try:
            await asyncio.sleep(grace)
        finally:
            for writer in self._connections:
                writer.transport.abort()
            await asyncio.wait(handlers)

    def _broadcast(self, text, author=None):
        for writer in self._room:
            if writer is not author:
                writer.write(f"{text}\n".encode())
                if writer.transport.get_write_buffer_size() > MAX_WAITING:
                    writer.transport.abort()

    async def _serve(self, reader, writer):
        self._connections[writer] = asyncio.current_task()
        try:
            name = (await reader.readline()).decode().strip()
            if name and not writer.is_closing():
                self._broadcast(f"* {name} joined")
                self._room[writer] = name
                while line := await reader.readline():
                    self._broadcast(f"{name}: {line.decode().strip()}", writer)
        except (ValueError, ConnectionError):
            pass
        finally:
            if self._room.pop(writer, None):
                self._broadcast(f"* {name} left")
            writer.close()
            try:
                await writer.wait_closed()
            except ConnectionError:
                pass
            del self._connections[writer]
