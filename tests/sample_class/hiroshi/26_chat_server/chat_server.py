"""Chat server: one sleepy client must not silence the room."""

import asyncio

#: The bytes of the longest line that a client may send.
MAX_LINE = 1024

#: The bytes that may wait in the server for one client.
MAX_WAITING = 64 * 1024


class ChatServer:
    """A chat room on a TCP port."""

    # TODO: turn this echo service into a chat room that can be stopped.

    def __init__(self) -> None:
        self._server: asyncio.Server | None = None

    @property
    def clients(self) -> int:
        """How many clients are in the room."""
        return 0

    async def start(self, host: str, port: int) -> None:
        """Open the room at `host` and `port`."""
        self._server = await asyncio.start_server(self._serve, host, port, limit=MAX_LINE)

    async def stop(self, grace: float) -> None:
        """Say goodbye and close every connection, within `grace` seconds."""
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection from its first line to its end."""
        while line := await reader.readline():
            writer.write(line)
