"""Examples: run them with ``pytest exercises/32_todo_api``."""

import asyncio

import aiohttp
import pytest

URL = "http://todo.test:8080/todos"
BO, LI = {"Authorization": "Bearer b0"}, {"Authorization": "Bearer 71"}


class Store:
    """Keeps entries; each call takes some seconds. Notes how the calls ended."""

    def __init__(self, seconds):
        self.seconds = seconds
        self.entries = []
        self.log = []

    async def open(self):
        """The timetable begins when the store is open."""

    async def add(self, user, text):
        await self.work("add")
        self.entries.append({"id": len(self.entries) + 1, "text": text, "done": False})
        return len(self.entries)

    async def todos(self, user):
        await self.work("todos")
        return self.entries

    async def done(self, user, number):
        await self.work("done")

    async def close(self):
        await self.work("close")

    async def work(self, name):
        try:
            await asyncio.sleep(self.seconds)
        except asyncio.CancelledError:
            name = f"{name} cancelled"
            raise
        finally:
            self.log.append((name, asyncio.get_running_loop().time()))


async def serve(student, sandbox, store):
    """Serve the application at `URL`; the runner can shut it down."""
    app = student.make_app(store, {"b0": "Bo", "71": "Li"})
    return await sandbox.serve(app, "todo.test", 8080, handler_cancellation=True, shutdown_timeout=1)


@pytest.mark.correctness
async def test_entry_is_added_and_shown(student, sandbox):
    """An entry that is posted is in the list that is shown."""
    await serve(student, sandbox, Store(seconds=0))

    async with aiohttp.request("POST", URL, json={"text": "buy milk"}, headers=BO) as answer:
        assert answer.status == 201
        assert await answer.json() == {"id": 1}
    async with aiohttp.request("GET", URL, headers=BO) as answer:
        assert await answer.json() == [{"id": 1, "text": "buy milk", "done": False}]


@pytest.mark.correctness
async def test_unknown_token_is_refused(student, sandbox):
    """A request with an unknown token is answered with 401."""
    await serve(student, sandbox, Store(seconds=0))

    async with aiohttp.request("GET", URL, headers={"Authorization": "Bearer 99"}) as answer:
        assert answer.status == 401


@pytest.mark.concurrency
async def test_requests_do_not_wait_for_each_other(student, sandbox):
    """Three requests of one second are all answered after one second."""
    await serve(student, sandbox, Store(seconds=1))

    async def show(headers):
        async with aiohttp.request("GET", URL, headers=headers) as answer:
            return answer.status

    assert await asyncio.gather(show(BO), show(LI), show(BO)) == [200, 200, 200]
    assert asyncio.get_running_loop().time() == 1.0


@pytest.mark.cancellation
async def test_timetable(student, sandbox):
    """When both hang up at 1 s, `todos` is cancelled, and `add` goes on; the store closes after it."""
    store = Store(seconds=3)
    runner = await serve(student, sandbox, store)

    async def request(method, headers):
        async with aiohttp.request(method, URL, json={"text": "buy milk"}, headers=headers):
            pass

    requests = [asyncio.create_task(request("POST", BO)), asyncio.create_task(request("GET", LI))]
    await asyncio.sleep(1)
    for task in requests:
        task.cancel()
    await asyncio.sleep(1)
    await runner.cleanup()

    assert store.log == [("todos cancelled", 1), ("add", 3), ("close", 6)]
    assert asyncio.get_running_loop().time() == 6.0
