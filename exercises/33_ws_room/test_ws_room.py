"""Examples: run them with ``pytest exercises/33_ws_room``."""

import asyncio

import aiohttp
import pytest


def now() -> float:
    return asyncio.get_running_loop().time()


class Guest:
    """Somebody in the room; `heard` holds what arrived, with the moment, and `code` the close code at the end."""

    def __init__(self, name: str, socket: aiohttp.ClientWebSocketResponse, listens: bool) -> None:
        self.name = name
        self.socket = socket
        self.heard: list[tuple[float, dict]] = []
        self.code: int | None = None
        self.ended: float | None = None
        if listens:
            self.listen()

    def listen(self) -> None:
        self._listening = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        while (message := await self.socket.receive()).type is aiohttp.WSMsgType.TEXT:
            self.heard.append((now(), message.json()))
        self.ended = now()
        if message.type is aiohttp.WSMsgType.CLOSE:
            self.code = message.data

    async def say(self, text: str) -> None:
        await self.socket.send_json({"type": "say", "text": text})

    def messages(self, kind: str | None = None) -> list[dict]:
        return [message for _, message in self.heard if kind in (None, message["type"])]


@pytest.fixture
async def room(student, sandbox):
    """Lets guests join the room: `await join("ann")`; `join.runner` is what serves it."""
    runner = await sandbox.serve(student.make_app(), "room.test", 8080)
    async with aiohttp.ClientSession() as session:

        async def join(name, listens=True):
            return Guest(name, await session.ws_connect(f"http://room.test:8080/ws?name={name}"), listens)

        join.runner = runner
        yield join


@pytest.mark.correctness
async def test_words_go_to_the_others(room):
    """What somebody says goes to all others, and not to the speaker."""
    ann, bo = await room("ann"), await room("bo")
    await asyncio.sleep(1)

    await ann.say("hello")
    await asyncio.sleep(1)

    assert bo.messages("say") == [{"type": "say", "name": "ann", "text": "hello"}]
    assert ann.messages("say") == []


@pytest.mark.concurrency
async def test_timetable(room):
    """Ann and Bo hear what the timetable of the README says."""
    ann = await room("ann")
    await asyncio.sleep(1)
    bo = await room("bo")
    await asyncio.sleep(1)
    await ann.say("hi")
    await asyncio.sleep(1)
    await bo.socket.close()
    await asyncio.sleep(1)

    assert ann.heard == [(1, {"type": "join", "name": "bo"}), (3, {"type": "leave", "name": "bo"})]
    assert bo.heard == [(2, {"type": "say", "name": "ann", "text": "hi"})]


@pytest.mark.cancellation
async def test_shutdown_closes_the_clients(room):
    """When the application shuts down, clients are closed with code 1001."""
    ann = await room("ann")
    await asyncio.sleep(1)

    await room.runner.cleanup()
    await asyncio.sleep(1)

    assert ann.code == 1001
