"""correctness: strips each line and takes an empty one for the end, so that an empty line ends the visit."""

import asyncio

#: The bytes of the longest line that a client may send.
MAX_LINE = 1024

#: The bytes that may wait in the server for one client.
MAX_WAITING = 64 * 1024


class ChatServer:
    """A chat room on a TCP port."""

    def __init__(self) -> None:
        self._server: asyncio.Server | None = None
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._members: dict[asyncio.StreamWriter, str] = {}
        self._closing = False

    @property
    def clients(self) -> int:
        """How many clients are in the room."""
        return len(self._members)

    async def start(self, host: str, port: int) -> None:
        """Open the room at `host` and `port`."""
        self._server = await asyncio.start_server(self._accept, host, port, limit=MAX_LINE)

    async def stop(self, grace: float) -> None:
        """Say goodbye and close every connection, within `grace` seconds."""
        self._server.close()
        self._say("* bye\n")
        self._closing = True
        for writer in self._connections.values():
            writer.close()
        try:
            if self._connections:
                await asyncio.wait(self._connections, timeout=grace)
        finally:
            left = dict(self._connections)
            for task, writer in left.items():
                writer.transport.abort()
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._connections[task] = writer
        task.add_done_callback(self._connections.pop)

    def _say(self, line: str, author: asyncio.StreamWriter | None = None) -> None:
        """Send `line` to all but its author, and drop those for whom too much waits."""
        if self._closing:
            return
        for writer in self._members:
            if writer is author:
                continue
            writer.write(line.encode())
            if writer.transport.get_write_buffer_size() > MAX_WAITING:
                writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection from its first line to its end."""
        try:
            name = await reader.readline()
            if name.endswith(b"\n"):
                await self._host(name.decode().rstrip("\n"), reader, writer)
        except (ConnectionError, ValueError):
            pass
        finally:
            writer.close()
            if self._closing:
                try:
                    await writer.wait_closed()
                except ConnectionError:
                    pass

    async def _host(self, name: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Keep a client in the room until it leaves."""
        self._say(f"* {name} joined\n")
        self._members[writer] = name
        try:
            while line := (await reader.readline()).decode().rstrip("\n"):
                self._say(f"{name}: {line}\n", writer)
        finally:
            del self._members[writer]
            self._say(f"* {name} left\n")
