"""RPC client: many calls over one connection."""

import asyncio
import json
from typing import Any


class RpcError(Exception):
    """The server has answered with an error."""


class RpcClient:
    """Calls methods of a server over one connection."""

    # TODO: give each call its own answer, and end the calls when the connection ends.

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @property
    def pending(self) -> int:
        """How many calls wait for their answers."""
        return 0

    async def call(self, method: str, params: Any, *, timeout: float) -> Any:
        """The result of `method`, for which the server has `timeout` seconds."""
        request = {"id": 1, "method": method, "params": params}
        self._writer.write(json.dumps(request).encode() + b"\n")
        async with asyncio.timeout(timeout):
            answer = json.loads(await self._reader.readline())
        return answer["result"]

    async def aclose(self) -> None:
        """Close the connection; calls that wait fail with `ConnectionError`."""
        self._writer.close()
