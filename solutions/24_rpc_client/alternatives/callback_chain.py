"""No loop reads: when a line has come, the callback of its task passes it on and starts to read the next."""

import asyncio
import json


class RpcError(Exception):
    pass


class RpcClient:
    def __init__(self, reader, writer):
        self._reader, self._writer = reader, writer
        self._count = 0
        self._futures = {}
        self._lost = None
        self._read_next()

    def _read_next(self):
        self._line = asyncio.ensure_future(self._reader.readline())
        self._line.add_done_callback(self._line_read)

    def _line_read(self, task):
        if task.cancelled():
            self._lose("closed")
        elif task.exception() is not None or not task.result().endswith(b"\n"):
            self._lose("lost")
        else:
            message = json.loads(task.result())
            future = self._futures.pop(message.get("id"), None)
            if future is not None and not future.done():
                if "error" in message:
                    future.set_exception(RpcError(message["error"]))
                else:
                    future.set_result(message["result"])
            self._read_next()

    def _lose(self, why):
        self._lost = ConnectionError(why)
        while self._futures:
            _, future = self._futures.popitem()
            if not future.done():
                future.set_exception(ConnectionError(why))

    @property
    def pending(self):
        return len(self._futures)

    async def call(self, method, params, *, timeout):
        if self._lost:
            raise self._lost
        self._count += 1
        number = f"call {self._count}"
        future = self._futures[number] = asyncio.Future()
        self._writer.writelines([json.dumps({"id": number, "method": method, "params": params}).encode(), b"\n"])
        timer = asyncio.get_running_loop().call_later(timeout, self._expire, number)
        try:
            return await future
        finally:
            timer.cancel()
            self._futures.pop(number, None)

    def _expire(self, number):
        if number in self._futures:
            future = self._futures.pop(number)
            if not future.done():
                future.set_exception(TimeoutError())

    async def aclose(self):
        self._line.cancel()
        self._lose("closed")
        self._writer.close()
        try:
            await self._writer.wait_closed()
        except ConnectionError:
            pass
