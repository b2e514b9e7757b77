"""Answers lie in a dictionary, and a condition wakes all calls whenever one has come."""

import asyncio
import itertools
import json


class RpcError(Exception):
    pass


class RpcClient:
    def __init__(self, reader, writer):
        self.reader = reader
        self.writer = writer
        self.numbers = itertools.count()
        self.waiting = set()
        self.answers = {}
        self.ended = False
        self.news = asyncio.Condition()
        self.task = asyncio.get_running_loop().create_task(self.read())

    @property
    def pending(self):
        return len(self.waiting)

    async def read(self):
        try:
            while (line := await self.reader.readline()).endswith(b"\n"):
                message = json.loads(line)
                if message.get("id") in self.waiting:
                    async with self.news:
                        self.answers[message["id"]] = message
                        self.news.notify_all()
        except ConnectionError:
            pass
        await self.end()

    async def end(self):
        self.ended = True
        async with self.news:
            self.news.notify_all()

    async def call(self, method, params, *, timeout):
        if self.ended:
            raise ConnectionError("ended")
        number = next(self.numbers)
        self.waiting.add(number)
        try:
            async with asyncio.timeout(timeout), self.news:
                self.writer.write(json.dumps({"id": number, "method": method, "params": params}).encode() + b"\n")
                await self.news.wait_for(lambda: self.ended or number in self.answers)
        finally:
            self.waiting.remove(number)
            answer = self.answers.pop(number, None)
        if answer is None:
            raise ConnectionError("ended")
        if "result" in answer:
            return answer["result"]
        raise RpcError(answer["error"])

    async def aclose(self):
        self.task.cancel()
        await asyncio.wait({self.task})
        await self.end()
        self.writer.transport.abort()
