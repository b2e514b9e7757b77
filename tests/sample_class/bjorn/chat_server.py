"""The author's handler drains all clients at once, and gives them half a second."""

import asyncio

MAX_LINE = 1024
PATIENCE = 0.5


class ChatServer:
    def __init__(self):
        self._names = {}
        self._open = set()
        self._all_closed = asyncio.Event()

    @property
    def clients(self):
        return len(self._names)

    async def start(self, host, port):
        self._server = await asyncio.start_server(self._connected, host, port, limit=MAX_LINE)

    async def stop(self, grace):
        self._server.close()
        names, self._names = self._names, {}
        for writer in names:
            writer.write(b"* bye\n")
        for writer in self._open:
            writer.close()
        self._stopped = True
        try:
            if self._open:
                await asyncio.wait_for(self._all_closed.wait(), grace)
        except TimeoutError:
            pass
        finally:
            for writer in self._open:
                writer.transport.abort()
            if self._open:
                await self._all_closed.wait()

    async def _deliver(self, writer, line):
        try:
            writer.write(line)
            await asyncio.wait_for(writer.drain(), PATIENCE)
        except (TimeoutError, ConnectionError):
            writer.transport.abort()

    async def _broadcast(self, line, author):
        others = [writer for writer in self._names if writer is not author]
        await asyncio.gather(*(self._deliver(writer, line) for writer in others))

    async def _connected(self, reader, writer):
        self._open.add(writer)
        self._all_closed.clear()
        name = None
        try:
            first = await reader.readuntil(b"\n")
            if not writer.is_closing():
                name = first[:-1]
                self._names[writer] = name
                await self._broadcast(b"* " + name + b" joined\n", writer)
                while True:
                    line = await reader.readuntil(b"\n")
                    await self._broadcast(name + b": " + line, writer)
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
            pass
        finally:
            writer.close()
            if self._names.pop(writer, None) is not None:
                await self._broadcast(b"* " + name + b" left\n", writer)
            try:
                await writer.wait_closed()
            except ConnectionError:
                pass
            self._open.remove(writer)
            if not self._open:
                self._all_closed.set()
