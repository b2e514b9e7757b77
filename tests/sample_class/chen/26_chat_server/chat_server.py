"""Lines wait in each client's transport, where they can be measured; nobody waits for anybody else."""

import asyncio
import contextlib

#: The bytes of the longest line that a client may send.
MAX_LINE = 1024

#: The bytes that may wait in the server for one client.
MAX_WAITING = 64 * 1024


class ChatServer:
    """A chat room on a TCP port."""

    def __init__(self) -> None:
        self._server: asyncio.Server | None = None
        self._connections: dict[asyncio.StreamWriter, asyncio.Task[None]] = {}
        self._room: dict[asyncio.StreamWriter, str] = {}

    @property
    def clients(self) -> int:
        """How many clients are in the room."""
        return len(self._room)

    async def start(self, host: str, port: int) -> None:
        """Open the room at `host` and `port`."""
        self._server = await asyncio.start_server(self._serve, host, port, limit=MAX_LINE)

    async def stop(self, grace: float) -> None:
        """Say goodbye and close every connection, within `grace` seconds."""
        if self._server is not None:
            self._server.close()
        self._tell_everyone("* bye")
        self._room.clear()
        for writer in self._connections:
            writer.close()
        handlers = set(self._connections.values())
        if not handlers:
            return
        try:
            await asyncio.wait(handlers, timeout=grace)
        finally:
            # A client that does not read keeps a closing connection open for ever.
            for writer in self._connections:
                writer.transport.abort()
            await asyncio.wait(handlers)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection from its first line to its end."""
        self._connections[writer] = asyncio.current_task()
        # readline() raises ValueError where a line is too long, ConnectionError where the client has crashed.
        with contextlib.suppress(ValueError, ConnectionError):
            await self._chat(reader, writer)
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        del self._connections[writer]

    async def _chat(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take the client into the room, and pass its lines on until it leaves."""
        name = _text(await reader.readline())
        if not name or writer.is_closing():
            return
        self._tell_everyone(f"* {name} joined")
        self._room[writer] = name
        try:
            while line := await reader.readline():
                self._tell_everyone(f"{name}: {_text(line)}", author=writer)
        finally:
            if self._room.pop(writer, None):
                self._tell_everyone(f"* {name} left")

    def _tell_everyone(self, text: str, author: asyncio.StreamWriter | None = None) -> None:
        """Send a line to the room. Nothing is awaited, so that the room cannot change meanwhile."""
        line = f"{text}\n".encode()
        for writer in self._room:
            if writer is not author:
                writer.write(line)
                if writer.transport.get_write_buffer_size() > MAX_WAITING:
                    # The handler meets the end of its connection, and announces it.
                    writer.transport.abort()


def _text(line: bytes) -> str:
    return line.decode(errors="replace").rstrip("\r\n")
