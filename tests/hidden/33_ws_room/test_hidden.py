"""The hidden suite of exercise 33."""

import asyncio
import json
import random

import aiohttp
import pytest


def now() -> float:
    return asyncio.get_running_loop().time()


def word() -> str:
    """A word that nobody can have foreseen."""
    return f"word-{random.randrange(10**9)}"


def long_text(length: int) -> str:
    """A text that compression makes little shorter."""
    return random.randbytes(length // 2).hex()


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


class Room:
    """The submission's room, and its guests."""

    def __init__(self, session: aiohttp.ClientSession, runner) -> None:
        self.runner = runner
        self._session = session

    async def join(self, name: str, *, listens: bool = True) -> Guest:
        """A new guest; everything else that can happen has happened then."""
        socket = await self._session.ws_connect("http://room.test:8080/ws", params={"name": name})
        guest = Guest(name, socket, listens)
        await asyncio.sleep(1)
        return guest


@pytest.fixture
async def room(student, sandbox):
    runner = await sandbox.serve(student.make_app(), "room.test", 8080)
    async with aiohttp.ClientSession() as session:
        yield Room(session, runner)


@pytest.mark.correctness(points=1)
async def test_joining_is_told_to_the_others(room):
    """When somebody joins, all who are in the room get `join`; the one who joins does not."""
    names = [word() for _ in range(3)]
    guests = [await room.join(name) for name in names]

    heard = [[message["name"] for message in guest.messages("join")] for guest in guests]
    assert heard == [names[1:], names[2:], []]


@pytest.mark.correctness(points=2)
async def test_words_go_to_the_others(room):
    """What somebody says, also an empty text, goes to all others, with the name of the speaker, who does not get it."""
    texts, guests = [word(), "", word()], [await room.join(word()) for _ in range(3)]

    for text in texts:
        await guests[1].say(text)
    await asyncio.sleep(1)

    said = [{"type": "say", "name": guests[1].name, "text": text} for text in texts]
    assert [guest.messages("say") for guest in guests] == [said, [], said]


@pytest.mark.correctness(points=2)
@pytest.mark.parametrize("how", ["closes", "breaks"])
async def test_leaving_is_told_to_the_others(room, how):
    """When somebody leaves or loses the connection, all others get `leave`, once."""
    ann, bo, leaver = [await room.join(word()) for _ in range(3)]

    if how == "closes":
        await leaver.socket.close()
    else:
        leaver.socket._response.connection.transport.abort()
    await asyncio.sleep(1)
    text = word()
    await ann.say(text)
    await asyncio.sleep(1)

    left = [{"type": "leave", "name": leaver.name}]
    assert (ann.messages("leave"), bo.messages("leave")) == (left, left)
    assert [message["text"] for message in bo.messages("say")] == [text], "The room no longer works."


@pytest.mark.correctness(points=1)
async def test_ping_is_answered(room):
    """A `ping` is answered with `pong`, to its sender only."""
    ann, bo = await room.join(word()), await room.join(word())

    await bo.socket.send_json({"type": "ping"})
    await asyncio.sleep(1)

    assert bo.messages() == [{"type": "pong"}]
    assert ann.messages("pong") == []


@pytest.mark.correctness(points=2)
@pytest.mark.parametrize(
    "nonsense",
    ["{", "hello", "[1, 2]", "7", '{"text": "no type"}', '{"type": "shout", "text": "a"}', '{"type": "say"}'],
    ids=["half_json", "no_json", "list", "number", "no_type", "unknown_type", "no_text"],
)
async def test_nonsense_is_answered_with_error(room, nonsense):
    """A message that is none of those described is answered with `error`, and its sender stays in the room."""
    ann, bo = await room.join(word()), await room.join(word())
    text = word()

    await bo.socket.send_str(nonsense)
    await bo.say(text)
    await asyncio.sleep(1)

    assert bo.messages() == [{"type": "error"}]
    assert [message["text"] for message in ann.messages("say")] == [text], "The sender did not stay in the room."


@pytest.mark.concurrency(points=2)
async def test_words_arrive_at_once_and_in_order(room):
    """Messages arrive at the moment they are sent, and those of one speaker in order."""
    ann, bo, cy = [await room.join(word()) for _ in range(3)]
    began, sent = now(), {ann.name: [], bo.name: []}

    for _ in range(20):
        speaker = random.choice([ann, bo])
        sent[speaker.name].append((now() - began, word()))
        await speaker.say(sent[speaker.name][-1][1])
        await asyncio.sleep(0.25)

    heard = {ann.name: [], bo.name: []}
    for when, message in cy.heard:
        if message["type"] == "say":
            heard[message["name"]].append((when - began, message["text"]))
    assert heard == sent


@pytest.mark.concurrency(points=3)
async def test_sleeper_holds_up_nobody(room):
    """A client that does not read holds up nobody else."""
    await room.join(word(), listens=False)
    ann, bo = await room.join(word()), await room.join(word())
    began, page = now(), long_text(40_000)

    for second in range(60):
        await ann.say(f"{second} {page}")
        await asyncio.sleep(1)

    heard = [(when - began, message["text"]) for when, message in bo.heard if message["type"] == "say"]
    assert [when for when, _ in heard] == list(range(60)), "A message came late, or not at all."
    assert [text for _, text in heard] == [f"{second} {page}" for second in range(60)]


@pytest.mark.concurrency(points=1)
async def test_late_reader_gets_what_waited(room):
    """Up to 100 messages wait for a client that does not read; it gets them when it reads again."""
    sleeper = await room.join(word(), listens=False)
    ann = await room.join(word())
    texts = [long_text(20_000) for _ in range(90)]

    for text in texts:
        await ann.say(text)
        await asyncio.sleep(0.25)
    sleeper.listen()
    await asyncio.sleep(1)

    assert [message["text"] for message in sleeper.messages("say")] == texts


@pytest.mark.concurrency(points=2)
async def test_who_falls_behind_is_disconnected(room):
    """Whoever falls more than 100 messages behind is disconnected, and the others get `leave`."""
    sleeper = await room.join(word(), listens=False)
    ann, bo = await room.join(word()), await room.join(word())
    page = long_text(40_000)

    for _ in range(200):
        await ann.say(page)
        await asyncio.sleep(0.25)

    assert bo.messages("leave") == [{"type": "leave", "name": sleeper.name}], "The sleeper was not disconnected."
    assert len(bo.messages("say")) == 200


@pytest.mark.cancellation(points=2)
async def test_shutdown_closes_all_clients(room):
    """When the application shuts down, all clients are closed with code 1001, and it takes no time."""
    guests = [await room.join(word()) for _ in range(4)]
    began = now()

    await room.runner.cleanup()

    assert now() == began, "The shutdown had to wait."
    await asyncio.sleep(1)
    assert [guest.code for guest in guests] == [1001] * 4
    assert [guest.ended for guest in guests] == [began] * 4


@pytest.mark.cancellation(points=2)
async def test_shutdown_leaves_no_task(room, sandbox):
    """After the shutdown, no task is left, whether clients have come, gone or stayed."""
    guests = [await room.join(word()) for _ in range(3)]
    await guests[0].say(json.dumps(word()))
    await guests[1].socket.close()
    await asyncio.sleep(1)

    await room.runner.cleanup()
    await asyncio.sleep(1)

    assert await sandbox.leftovers() == []
