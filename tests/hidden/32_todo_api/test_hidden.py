"""The hidden suite of exercise 32."""

import asyncio
import random
from typing import Any, NamedTuple

import aiohttp
import pytest


def now() -> float:
    return asyncio.get_running_loop().time()


def word() -> str:
    """A word that nobody can have foreseen."""
    return f"word-{random.randrange(10**9)}"


class Store:
    """Keeps entries. A call takes `seconds`, and is noted with the times at which it began and ended."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.entries: dict[int, dict[str, Any]] = {}
        self.owners: dict[int, str] = {}
        self.calls: list[tuple[Any, ...]] = []
        self.began: list[tuple[str, float]] = []
        self.ended: list[tuple[str, float]] = []
        self.cancelled: list[tuple[str, float]] = []

    async def open(self) -> None:
        self.began.append(("open", now()))

    async def close(self) -> None:
        self.began.append(("close", now()))

    async def add(self, user: str, text: str) -> int:
        await self._work("add", user, text)
        number = random.randrange(10**9)
        self.entries[number], self.owners[number] = {"id": number, "text": text, "done": False}, user
        return number

    async def todos(self, user: str) -> list[dict[str, Any]]:
        await self._work("todos", user)
        return self.of(user)

    async def done(self, user: str, number: int) -> None:
        await self._work("done", user, number)
        if self.owners.get(number) != user:
            raise KeyError(number)
        self.entries[number]["done"] = True

    def of(self, user: str) -> list[dict[str, Any]]:
        return [entry for number, entry in self.entries.items() if self.owners[number] == user]

    def texts(self, user: str) -> list[str]:
        return sorted(entry["text"] for entry in self.of(user))

    async def _work(self, name: str, *arguments: Any) -> None:
        self.calls.append((name, *arguments))
        self.began.append((name, now()))
        try:
            await asyncio.sleep(self.seconds)
        except asyncio.CancelledError:
            self.cancelled.append((name, now()))
            raise
        self.ended.append((name, now()))


class Answer(NamedTuple):
    """What came back. `body` is the JSON of the body, or its text."""

    status: int
    body: Any
    headers: Any


class Service:
    """A submission that is served, with a store and users of its own."""

    def __init__(self, store: Store, *users: str) -> None:
        self.store = store
        self.tokens = {word(): user for user in users}
        self.host = f"{word()}.test"
        self.runner: Any = None

    async def ask(self, method: str, path: str, *, user: str = "", auth: str | None = None, **body: Any) -> Answer:
        """Send a request as `user`, or with `auth` as its header."""
        token = next((token for token, name in self.tokens.items() if name == user), None)
        auth = f"Bearer {token}" if token else auth
        headers = {"Content-Type": "application/json"} if "data" in body else {}
        if auth is not None:
            headers["Authorization"] = auth
        async with aiohttp.request(method, f"http://{self.host}:8080{path}", headers=headers, **body) as answer:
            is_json = answer.content_type == "application/json"
            return Answer(answer.status, await (answer.json() if is_json else answer.text()), answer.headers)

    def later(self, *args: Any, **kwargs: Any) -> asyncio.Task[Answer]:
        """A request that can be cancelled: its client hangs up then."""
        return asyncio.create_task(self.ask(*args, **kwargs))


@pytest.fixture
def serve(student, sandbox):
    """Serves the submission with a store, for users that nobody can have foreseen or for the given ones."""

    async def serve(store: Store, *users: str) -> Service:
        service = Service(store, *users)
        app = student.make_app(store, service.tokens)
        service.runner = await sandbox.serve(app, service.host, 8080, handler_cancellation=True, shutdown_timeout=1)
        return service

    return serve


@pytest.mark.correctness(points=1)
async def test_entry_is_added_and_shown(serve):
    """A posted text is added for its user with 201 and its number, and the user's list shows it with 200."""
    user, text, other = word(), word(), word()
    service = await serve(Store(), user, other)

    added = await service.ask("POST", "/todos", user=user, json={"text": text})
    shown = [await service.ask("GET", "/todos", user=name) for name in (user, other)]

    assert service.store.calls == [("add", user, text), ("todos", user), ("todos", other)]
    (number,) = service.store.entries
    assert (added.status, added.body) == (201, {"id": number})
    assert [answer.status for answer in shown] == [200, 200]
    assert [answer.body for answer in shown] == [[{"id": number, "text": text, "done": False}], []]


@pytest.mark.correctness(points=1)
async def test_entry_is_marked_as_done(serve):
    """`POST /todos/{id}/done` marks an entry as done, and is answered with 204."""
    user = word()
    service = await serve(Store(), user)
    number = await service.store.add(user, word())

    answer = await service.ask("POST", f"/todos/{number}/done", user=user)

    assert answer.status == 204
    assert service.store.calls[-1] == ("done", user, number)
    assert service.store.entries[number]["done"] is True


@pytest.mark.correctness(points=1)
async def test_no_such_entry_is_404(serve):
    """An id that the store does not know for this user, or that is not a whole number, is answered with 404."""
    user, other = word(), word()
    service = await serve(Store(), user, other)
    foreign = await service.store.add(other, word())

    ids = [foreign, random.randrange(10**9), "first", "1.5"]
    statuses = {each: (await service.ask("POST", f"/todos/{each}/done", user=user)).status for each in ids}

    assert statuses == dict.fromkeys(ids, 404)
    assert service.store.entries[foreign]["done"] is False


@pytest.mark.correctness(points=2)
async def test_without_a_valid_token_is_401(serve):
    """Without a valid token each route answers 401 with `WWW-Authenticate: Bearer`, and leaves the store alone."""
    service = await serve(Store(), word())
    token = next(iter(service.tokens))

    for auth in (None, token, f"Basic {token}", "Bearer", f"Bearer {word()}"):
        answers = [
            await service.ask("GET", "/todos", auth=auth),
            await service.ask("POST", "/todos", auth=auth, data=b"{"),
            await service.ask("POST", f"/todos/{random.randrange(10**9)}/done", auth=auth),
        ]

        assert [answer.status for answer in answers] == [401, 401, 401], f"The header was {auth!r}."
        assert [answer.headers.get("WWW-Authenticate") for answer in answers] == ["Bearer"] * 3
    assert service.store.calls == []


@pytest.mark.correctness(points=1.5)
async def test_body_without_a_text_is_400(serve):
    """A body that is not a JSON object with a non-empty string `text` is answered with 400, and nothing is added."""
    user = word()
    service = await serve(Store(), user)

    for body in ("", "{", "[]", "null", '"text"', "{}", '{"text": 5}', '{"text": null}', '{"text": ""}'):
        answer = await service.ask("POST", "/todos", user=user, data=body.encode())
        assert answer.status == 400, f"The body was {body!r}."
    assert service.store.calls == []


@pytest.mark.correctness(points=0.5)
async def test_refusals_are_json_objects(serve):
    """The body of a 400 or 401 is a JSON object."""
    user = word()
    service = await serve(Store(), user)

    answers = [
        await service.ask("GET", "/todos"),
        await service.ask("POST", "/todos", user=user, data=b"{"),
        await service.ask("POST", "/todos", user=user, json={"text": ""}),
    ]

    assert [answer.headers["Content-Type"].partition(";")[0] for answer in answers] == ["application/json"] * 3
    assert [type(answer.body) for answer in answers] == [dict] * 3


@pytest.mark.correctness(points=1)
async def test_store_is_opened_and_closed_once(serve):
    """The store is opened once, before the first request, and closed once, at shutdown."""
    user = word()
    service = await serve(Store(), user)
    assert service.store.began == [("open", 0)]

    for _ in range(3):
        await service.ask("GET", "/todos", user=user)
    assert [name for name, _ in service.store.began] == ["open", "todos", "todos", "todos"]
    await service.runner.cleanup()

    assert [name for name, _ in service.store.began] == ["open", "todos", "todos", "todos", "close"]


@pytest.mark.correctness(points=1)
async def test_applications_share_nothing(serve):
    """Two applications have stores and tokens of their own."""
    user, text = word(), word()
    first, second = await serve(Store(), user), await serve(Store(), user)

    await first.ask("POST", "/todos", user=user, json={"text": text})
    await first.runner.cleanup()
    shown = await second.ask("GET", "/todos", user=user)
    strange = await second.ask("GET", "/todos", auth=f"Bearer {next(iter(first.tokens))}")

    assert first.store.texts(user) == [text]
    assert (shown.status, shown.body) == (200, [])
    assert strange.status == 401
    assert [name for name, _ in second.store.began] == ["open", "todos"]


@pytest.mark.concurrency(points=1.5)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_eight_requests_take_as_long_as_one(serve, method):
    """Eight requests of the same kind that take one second each are all answered after one second."""
    user = word()
    service = await serve(Store(seconds=1), user)

    body = {"json": {"text": word()}} if method == "POST" else {}
    answers = await asyncio.gather(*(service.ask(method, "/todos", user=user, **body) for _ in range(8)))

    assert [answer.status for answer in answers] == [201 if method == "POST" else 200] * 8
    assert now() == 1.0, "Requests waited for each other."


@pytest.mark.concurrency(points=1)
async def test_slow_client_holds_nobody_up(serve):
    """While the body of one request is slow to arrive, others are answered, each for its own user."""
    slow, quick, text = word(), word(), word()
    service = await serve(Store(), slow, quick)

    async def body():
        yield b'{"text": '
        await asyncio.sleep(3)
        yield f'"{text}"}}'.encode()

    posting = service.later("POST", "/todos", user=slow, data=body())
    await asyncio.sleep(1)
    shown = await service.ask("GET", "/todos", user=quick)
    assert (shown.status, now()) == (200, 1.0), "The others were held up."
    await posting

    assert service.store.calls == [("todos", quick), ("add", slow, text)]


@pytest.mark.concurrency(points=1)
async def test_lists_and_changes_do_not_wait_for_each_other(serve):
    """A list is shown while changes are running, and a change is made while lists are read."""
    user = word()
    service = await serve(Store(seconds=1), user)
    posts, lists = [], []

    for _ in range(3):
        posts.append(service.later("POST", "/todos", user=user, json={"text": word()}))
        await asyncio.sleep(0.25)
        lists.append(service.later("GET", "/todos", user=user))
        await asyncio.sleep(0.25)
    await asyncio.gather(*posts, *lists)

    assert sorted(service.store.ended) == [
        *(("add", moment) for moment in (1.0, 1.5, 2.0)),
        *(("todos", moment) for moment in (1.25, 1.75, 2.25)),
    ]


@pytest.mark.cancellation(points=1)
@pytest.mark.parametrize("change", ["add", "done"])
async def test_change_survives_a_client_that_hangs_up(serve, change):
    """A change whose client hangs up goes on to its end."""
    user, text = word(), word()
    store = Store(seconds=0)
    service = await serve(store, user)
    number = await store.add(user, word())
    store.seconds, store.ended = 3, []

    path, body = ("/todos", {"json": {"text": text}}) if change == "add" else (f"/todos/{number}/done", {})
    request = service.later("POST", path, user=user, **body)
    await asyncio.sleep(random.choice([0.5, 1.0, 2.5]))
    request.cancel()
    await asyncio.sleep(5)

    assert store.cancelled == [], "The change was cancelled."
    assert store.ended == [(change, 3)]
    assert store.entries[number]["done"] is True if change == "done" else text in store.texts(user)


@pytest.mark.cancellation(points=1)
async def test_list_for_nobody_is_abandoned(serve):
    """When its client hangs up, `store.todos` is cancelled at that moment."""
    user, moment = word(), random.choice([0.5, 1.0, 2.5])
    service = await serve(Store(seconds=60), user)

    request = service.later("GET", "/todos", user=user)
    await asyncio.sleep(moment)
    request.cancel()
    await asyncio.sleep(1)

    assert service.store.cancelled == [("todos", moment)], "`store.todos` was not cancelled when the client hung up."


@pytest.mark.cancellation(points=1)
@pytest.mark.parametrize("change", ["add", "done"])
async def test_shutdown_waits_for_the_changes_of_clients_that_hung_up(serve, sandbox, change):
    """At shutdown the changes that have begun end first, whether they fail or not; then the store is closed at once."""
    user, text = word(), word()
    service = await serve(Store(seconds=6), user)

    # This `done` will fail: there is no such entry.
    path, body = ("/todos", {"json": {"text": text}}) if change == "add" else ("/todos/7/done", {})
    request = service.later("POST", path, user=user, **body)
    await asyncio.sleep(1)
    request.cancel()
    await asyncio.sleep(0.5)
    await service.runner.cleanup()

    assert service.store.cancelled == [], "The change was cancelled."
    assert service.store.began[1:] == [(change, 0), ("close", 6)]
    assert now() == 6.0
    assert await sandbox.leftovers() == []


@pytest.mark.cancellation(points=1)
async def test_shutdown_waits_for_the_changes_of_cancelled_handlers(serve):
    """A change goes on to its end when the shutdown cancels its handler, and the store is closed after it."""
    user, text = word(), word()
    service = await serve(Store(seconds=9), user)

    request = service.later("POST", "/todos", user=user, json={"text": text})
    await asyncio.sleep(1)
    await service.runner.cleanup()
    await asyncio.gather(request, return_exceptions=True)

    assert service.store.cancelled == [], "The change was cancelled."
    assert service.store.texts(user) == [text]
    assert service.store.began[1:] == [("add", 0), ("close", 9)]
    assert now() == 9.0


@pytest.mark.cancellation(points=1)
@pytest.mark.weather(seeds=5)
async def test_nothing_is_lost_when_everybody_hangs_up(serve, sandbox):
    """Whenever clients hang up and the server stops, all changes that have begun end before the store is closed."""
    users = [word() for _ in range(6)]
    service = await serve(Store(seconds=3), *users)

    async def post_and_hang_up(user: str) -> None:
        await asyncio.sleep(random.uniform(0, 2))
        service.store.seconds = random.uniform(2, 6)
        request = service.later("POST", "/todos", user=user, json={"text": word()})
        await asyncio.sleep(random.uniform(0.1, 2))
        request.cancel()

    await asyncio.gather(*map(post_and_hang_up, users * 2))
    await service.runner.cleanup()

    assert service.store.cancelled == [], "Changes were cancelled."
    assert sorted(service.store.owners.values()) == sorted(users * 2)
    last_end = max(moment for _, moment in service.store.ended)
    assert service.store.began[-1] == ("close", last_end)
    assert await sandbox.leftovers() == []
