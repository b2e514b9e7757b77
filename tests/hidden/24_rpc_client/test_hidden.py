"""The hidden suite of exercise 24."""

import asyncio
import json
import random
from dataclasses import dataclass
from typing import Any

import pytest

ADDRESS = "127.0.0.1", 7000


def now() -> float:
    return asyncio.get_running_loop().time()


def symbol() -> str:
    """A name that nobody can have foreseen."""
    return "".join(random.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZé水", k=6))


@dataclass
class Request:
    moment: float
    id: int | str
    method: str
    params: Any


class Exchange:
    """The other end of the connection.

    `requests` is what has arrived; each is given to `on_request`, if there is one. `ended` is the moment at which
    the client hung up.
    """

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.on_request = None
        self.ended: float | None = None

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self.listening = asyncio.create_task(self._listen(reader))

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        while line := await reader.readline():
            message = json.loads(line)
            request = Request(now(), message.get("id"), message.get("method"), message.get("params"))
            self.requests.append(request)
            if self.on_request is not None:
                self.on_request(request)
        self.ended = now()

    def send(self, *messages: object) -> None:
        self.writer.write("".join(f"{json.dumps(message)}\n" for message in messages).encode())

    def answer(self, request: Request, result: object, after: float = 0.0) -> None:
        """Answer a request, `after` seconds from now."""
        asyncio.get_running_loop().call_later(after, self.send, {"id": request.id, "result": result})

    def fail(self, request: Request, error: str) -> None:
        self.send({"id": request.id, "error": error})

    @property
    def last(self) -> Request:
        assert self.requests, "No request has arrived."
        return self.requests[-1]

    def moments(self) -> list[float]:
        return [request.moment for request in self.requests]


@pytest.fixture
async def exchange() -> Exchange:
    """The server of this test."""
    exchange = Exchange()
    await asyncio.start_server(exchange.accept, *ADDRESS)
    return exchange


@pytest.fixture
async def client(student, sandbox, exchange):
    """A client that is connected to the exchange."""
    return student.RpcClient(*await sandbox.open_connection(*ADDRESS))


def call(client, method: str = "price", params: object = (), timeout: float = 60) -> asyncio.Task:
    return asyncio.create_task(client.call(method, list(params), timeout=timeout))


async def outcome(task: asyncio.Task, at_most: float = 100) -> object:
    """What a call returns, or the name of what it raises; for a call that goes on too long, that it does."""
    await asyncio.wait([task], timeout=at_most)
    if not task.done():
        return "still waiting"
    if task.cancelled():
        return "CancelledError"
    error = task.exception()
    if error is None:
        return task.result()
    return "ConnectionError" if isinstance(error, ConnectionError) else type(error).__name__


@pytest.mark.correctness(points=2)
async def test_call_returns_its_result(student, client, exchange):
    """A call sends its method and params, and returns the result of its answer, whatever JSON value that is."""
    results = [{symbol(): [random.random(), symbol()]}, None, False, 0, "", []]
    exchange.on_request = lambda request: exchange.answer(request, request.params["wanted"], after=1)

    for result in results:
        params = {"wanted": result, symbol(): symbol()}
        method = symbol()
        assert await client.call(method, params, timeout=5) == result
        assert (exchange.last.method, exchange.last.params) == (method, params)


@pytest.mark.correctness(points=1)
async def test_error_is_raised(student, sandbox, client, exchange):
    """An answer with an error raises RpcError(error), also when its text is empty."""
    for error in (symbol(), "", symbol()):
        failing = call(client)
        await asyncio.sleep(1)
        exchange.fail(exchange.last, error)
        with pytest.raises(sandbox.error("RpcError")) as caught:
            await failing
        assert caught.value.args == (error,)


@pytest.mark.correctness(points=1)
async def test_foreign_lines_are_ignored(student, client, exchange):
    """Notifications, and answers for which no call waits, are ignored, and calls go on."""
    for _ in range(2):
        result = symbol()
        waiting = call(client)
        await asyncio.sleep(1)
        unknown = [{"id": symbol(), "result": symbol()}, {"id": random.randrange(10**6, 10**9), "error": symbol()}]
        exchange.send({"method": "closed", "params": []}, *unknown, {"method": symbol()})
        exchange.answer(exchange.last, result, after=1)
        assert await outcome(waiting) == result


@pytest.mark.correctness(points=1)
async def test_ids_are_never_used_again(student, client, exchange):
    """No two calls have the same id, also when some have ended meanwhile."""
    answers = {}

    def on_request(request: Request) -> None:
        answers[request.method] = symbol()
        exchange.answer(request, answers[request.method], after=float(request.method))

    exchange.on_request = on_request
    calls = []
    for seconds in ("5.5", "0.5", "3.5", "0.25", "2.25", "0.75"):
        calls.append(call(client, seconds))
        await asyncio.sleep(1)

    results = [await outcome(each) for each in calls]
    assert len({request.id for request in exchange.requests}) == 6, "Two calls had the same id."
    assert results == list(answers.values())

    for _ in range(100):
        await client.call("0", [], timeout=5)
    assert len({request.id for request in exchange.requests}) == 106, "Two calls had the same id."


@pytest.mark.correctness(points=1)
async def test_lines_end_at_their_newline(student, client, exchange):
    """A line may come in pieces, and several lines may come in one piece."""
    results = [symbol() for _ in range(3)]
    calls = [call(client, str(number)) for number in range(3)]
    await asyncio.sleep(1)

    answers = [{"id": request.id, "result": results[int(request.method)]} for request in exchange.requests]
    data = "".join(json.dumps(answer, ensure_ascii=False) + "\n" for answer in answers).encode()
    cut = random.randrange(5, len(data) - 5)
    for piece in (data[:cut], data[cut:]):
        exchange.writer.write(piece)
        await asyncio.sleep(1)

    assert [await outcome(each) for each in calls] == results


@pytest.mark.correctness(points=1)
@pytest.mark.parametrize("used", [True, False], ids=["used_before", "never_used"])
async def test_connection_that_has_ended_is_refused(student, client, exchange, used):
    """When the server has ended the connection, a new call raises ConnectionError at once."""
    if used:
        exchange.on_request = lambda request: exchange.answer(request, symbol())
        await client.call("price", [], timeout=5)
    await asyncio.sleep(1)
    exchange.writer.write_eof()
    await asyncio.sleep(1)

    assert await outcome(call(client)) == "ConnectionError"
    assert now() == 2.0, "It was not raised at once."


@pytest.mark.concurrency(points=3)
async def test_answers_come_in_any_order(student, client, exchange):
    """Calls run at the same time, and each ends at the moment of its own answer, whatever the order."""
    exchange.on_request = lambda request: exchange.answer(request, f"after {request.method}", float(request.method))
    ended = {}

    calls = {seconds: call(client, seconds) for seconds in ("3.0", "1.0", "2.0")}
    for seconds, each in calls.items():
        each.add_done_callback(lambda _, seconds=seconds: ended.setdefault(seconds, now()))
    results = [await outcome(each) for each in calls.values()]

    assert exchange.moments() == [0, 0, 0], "The requests were not sent at once."
    assert results == ["after 3.0", "after 1.0", "after 2.0"]
    assert ended == {"1.0": 1.0, "2.0": 2.0, "3.0": 3.0}


@pytest.mark.concurrency(points=1)
async def test_many_calls_get_their_own_answers(student, client, exchange):
    """Of many calls that begin and end at all times, each gets its own answer."""

    def on_request(request: Request) -> None:
        exchange.answer(request, request.params, after=random.randint(1, 32) / 16)

    async def ask_some() -> None:
        for _ in range(5):
            await asyncio.sleep(random.randint(0, 8) / 16)
            params = [symbol()]
            assert await outcome(call(client, "echo", params)) == params

    exchange.on_request = on_request
    await asyncio.gather(*(ask_some() for _ in range(10)))
    assert client.pending == 0


@pytest.mark.concurrency(points=1)
async def test_pending_counts_those_who_wait(student, client, exchange):
    """`pending` is the number of calls that wait, whether the others have returned or failed."""
    assert client.pending == 0
    calls = [call(client, timeout=timeout) for timeout in (9, 9, 9)]
    await asyncio.sleep(1)
    assert client.pending == 3

    first, second, _ = exchange.requests
    exchange.answer(first, symbol())
    exchange.fail(second, symbol())
    await asyncio.sleep(1)
    assert client.pending == 1
    await asyncio.gather(*calls, return_exceptions=True)


@pytest.mark.cancellation(points=2)
async def test_timeout_ends_one_call(student, client, exchange):
    """A call without an answer raises TimeoutError when its time is up; it is no longer pending, and others go on."""
    result, timeout = symbol(), random.randint(2, 9) / 2
    waiting, timed = call(client), call(client, "slow", timeout=timeout)

    assert await outcome(timed) == "TimeoutError"
    assert now() == timeout
    assert client.pending == 1, "Only the other call should be pending."

    (request,) = [request for request in exchange.requests if request.method != "slow"]
    exchange.answer(request, result, after=1)
    assert await outcome(waiting) == result


@pytest.mark.cancellation(points=1)
async def test_lines_for_others_do_not_put_the_timeout_off(student, client, exchange):
    """A call raises TimeoutError `timeout` seconds after it began, whatever else the server sends meanwhile."""
    exchange.on_request = lambda request: request.method == "slow" or exchange.answer(request, symbol(), after=0.5)

    timed = call(client, "slow", timeout=2)
    for _ in range(3):
        exchange.send({"method": symbol()})
        await client.call("price", [], timeout=5)

    assert await outcome(timed) == "TimeoutError"
    assert now() == 2.0


@pytest.mark.cancellation(points=1)
@pytest.mark.parametrize("way", ["timeout", "cancellation"])
async def test_late_answer_does_no_harm(student, client, exchange, way):
    """An answer that comes after its call has timed out, or was cancelled, does no harm to others."""
    result = symbol()
    late = call(client, "slow", timeout=1 if way == "timeout" else 60)
    await asyncio.sleep(2)
    late.cancel()
    await asyncio.wait([late])
    request = exchange.last

    waiting = call(client)
    await asyncio.sleep(1)
    exchange.answer(request, symbol())
    exchange.answer(exchange.last, result, after=1)
    assert await outcome(waiting) == result


@pytest.mark.cancellation(points=1)
async def test_timeout_holds_if_the_server_does_not_read(student, client, exchange):
    """A call raises TimeoutError when its time is up, even if the server does not read what it sends."""
    await asyncio.sleep(1)
    exchange.writer.transport.pause_reading()

    calls = [call(client, "order", [symbol() * 20_000], timeout=timeout) for timeout in (2, 3)]

    assert [await outcome(each) for each in calls] == ["TimeoutError", "TimeoutError"]
    assert now() == 4.0


@pytest.mark.cancellation(points=1)
async def test_cancelling_one_call_leaves_the_others(student, client, exchange):
    """A call that is cancelled ends at that moment and is no longer pending; the others go on."""
    result = symbol()
    exchange.on_request = lambda request: exchange.answer(request, result, after=3)

    calls = [call(client), call(client), call(client)]
    await asyncio.sleep(1)
    cancelled = calls.pop(random.randrange(3))
    cancelled.cancel()
    assert await outcome(cancelled) == "CancelledError"
    assert now() == 1.0, "The call did not end at the moment it was cancelled."
    assert client.pending == 2, "Only the other calls should be pending."

    assert [await outcome(each) for each in calls] == [result, result]
    assert now() == 3.0


@pytest.mark.cancellation(points=1)
async def test_cancelled_at_any_await(student, sandbox, client, exchange):
    """Wherever a call is cancelled, it is no longer pending, and the client serves the next call."""
    exchange.on_request = lambda request: exchange.answer(request, request.params, after=1)

    async for attempt in sandbox.cancel_at_each_await(client.call, "price", [], timeout=5):
        assert attempt.outcome == "cancelled"
        assert client.pending == 0, "The call that was cancelled is still pending."
        params = [symbol()]
        assert await outcome(call(client, "echo", params)) == params


@pytest.mark.cancellation(points=2)
@pytest.mark.parametrize("way", ["ends", "ends_in_a_line", "breaks"])
async def test_end_of_the_connection_ends_the_calls(student, client, exchange, way):
    """When the server ends the connection, or it breaks, all calls raise ConnectionError at that moment."""
    calls = [call(client) for _ in range(3)]
    await asyncio.sleep(1)

    if way == "breaks":
        exchange.writer.transport.reset_connection()
    else:
        half = json.dumps({"id": exchange.last.id, "result": symbol()})[: random.randint(1, 12)]
        exchange.writer.write(half.encode() if way == "ends_in_a_line" else b"")
        exchange.writer.write_eof()

    assert [await outcome(each) for each in calls] == ["ConnectionError"] * 3
    assert now() == 1.0
    assert client.pending == 0


@pytest.mark.cancellation(points=2)
async def test_closing_ends_everything(student, sandbox, client, exchange):
    """`aclose` makes the calls raise ConnectionError at that moment, closes the connection, and leaves no task."""
    calls = [call(client) for _ in range(3)]
    await asyncio.sleep(1)
    await client.aclose()

    assert await sandbox.leftovers() == []
    assert [await outcome(each) for each in calls] == ["ConnectionError"] * 3
    assert now() == 1.0
    assert exchange.ended == 1.0, "The connection is still open."


@pytest.mark.cancellation(points=1)
async def test_closing_an_idle_client(student, sandbox, client, exchange):
    """`aclose` closes the connection and leaves no task, also when no call waits, or there never was one."""
    if random.random() < 0.5:
        exchange.on_request = lambda request: exchange.answer(request, symbol())
        await client.call("price", [], timeout=5)
    await asyncio.sleep(1)

    await client.aclose()

    assert await sandbox.leftovers() == []
    assert now() == 1.0
    assert exchange.ended == 1.0, "The connection is still open."
