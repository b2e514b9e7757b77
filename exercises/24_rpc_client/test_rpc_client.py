"""Examples: run them with ``pytest exercises/24_rpc_client``."""

import asyncio
import json

import pytest


class Exchange:
    """The other end of the connection. `requests` holds the requests that have arrived, by method."""

    def __init__(self):
        self.requests = {}

    def accept(self, reader, writer):
        self.writer = writer
        self.listening = asyncio.create_task(self.listen(reader))

    async def listen(self, reader):
        async for line in reader:
            request = json.loads(line)
            self.requests[request["method"]] = request

    def send(self, message):
        self.writer.write(json.dumps(message).encode() + b"\n")

    def answer(self, method, **outcome):
        self.send({"id": self.requests[method]["id"], **outcome})


async def connect(student, sandbox):
    """An exchange, and a client that is connected to it."""
    exchange = Exchange()
    await asyncio.start_server(exchange.accept, "127.0.0.1", 7000)
    reader, writer = await sandbox.open_connection("127.0.0.1", 7000)
    return exchange, student.RpcClient(reader, writer)


@pytest.mark.correctness
async def test_result_or_error(student, sandbox):
    """A call returns the result of its answer, or raises its error."""
    exchange, client = await connect(student, sandbox)

    price = asyncio.create_task(client.call("price", {"symbol": "VALE3"}, timeout=5))
    await asyncio.sleep(1)
    exchange.answer("price", result=61.5)
    assert await price == 61.5

    volume = asyncio.create_task(client.call("volume", {"symbol": "VALE3"}, timeout=5))
    await asyncio.sleep(1)
    exchange.answer("volume", error="not today")
    with pytest.raises(sandbox.error("RpcError")) as caught:
        await volume
    assert caught.value.args == ("not today",)


@pytest.mark.concurrency
async def test_answers_may_come_in_any_order(student, sandbox):
    """Two calls run at the same time, and each gets its own answer."""
    exchange, client = await connect(student, sandbox)

    price = asyncio.create_task(client.call("price", ["VALE3"], timeout=5))
    volume = asyncio.create_task(client.call("volume", ["VALE3"], timeout=5))
    await asyncio.sleep(1)
    assert sorted(exchange.requests) == ["price", "volume"]
    exchange.answer("volume", result=300)
    assert await volume == 300
    exchange.answer("price", result=61.5)
    assert await price == 61.5


@pytest.mark.cancellation
async def test_timetable(student, sandbox):
    """A call that has timed out leaves the other in peace, and so does its late answer."""
    exchange, client = await connect(student, sandbox)
    time = asyncio.get_running_loop().time

    price = asyncio.create_task(client.call("price", ["VALE3"], timeout=5))
    volume = asyncio.create_task(client.call("volume", ["VALE3"], timeout=1))
    with pytest.raises(TimeoutError):
        await volume
    assert time() == 1.0
    assert client.pending == 1

    await asyncio.sleep(0.5)
    exchange.answer("volume", result=300)
    await asyncio.sleep(0.5)
    exchange.answer("price", result=61.5)
    assert await price == 61.5
    assert time() == 2.0


@pytest.mark.cancellation
async def test_end_of_the_connection(student, sandbox):
    """When the server ends the connection, the call that waits fails at that moment."""
    exchange, client = await connect(student, sandbox)

    price = asyncio.create_task(client.call("price", ["VALE3"], timeout=5))
    await asyncio.sleep(1)
    exchange.writer.write_eof()

    with pytest.raises(ConnectionError):
        await price
    assert asyncio.get_running_loop().time() == 1.0
