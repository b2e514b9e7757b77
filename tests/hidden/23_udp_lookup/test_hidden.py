"""The hidden suite of exercise 23."""

import asyncio
import random
import string
from dataclasses import dataclass, field

import pytest

SERVICE = "127.0.0.1", 5300


def now() -> float:
    return asyncio.get_running_loop().time()


def word() -> str:
    """A word that nobody can have foreseen."""
    return "".join(random.choices(string.ascii_lowercase + "éø水", k=8))


def an_address() -> str:
    return f"10.{random.randrange(256)}.{random.randrange(256)}.1:{random.randrange(10_000)}"


@dataclass
class Heard:
    """A datagram that has arrived: a request or a reply, with its id and the text after it."""

    moment: float
    id: str
    text: str
    sender: tuple[str, int]


@dataclass
class Radio(asyncio.DatagramProtocol):
    """A socket. `heard` is what has arrived; each is given to `on_heard`, if there is one."""

    heard: list[Heard] = field(default_factory=list)
    on_heard: object = None

    def connection_made(self, transport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, sender: tuple[str, int]) -> None:
        request_id, _, text = data.decode(errors="replace").partition(" ")
        self.heard.append(Heard(now(), request_id, text, sender))
        if self.on_heard is not None:
            self.on_heard(self.heard[-1])

    def send(self, text: str | bytes, receiver: tuple[str, int]) -> None:
        self.transport.sendto(text if isinstance(text, bytes) else text.encode(), receiver)

    def reply(self, request: Heard, answer: str, after: float = 0.0) -> None:
        """Answer a request, `after` seconds from now."""
        asyncio.get_running_loop().call_later(after, self.send, f"{request.id} {answer}", request.sender)

    def moments(self) -> list[float]:
        return [heard.moment for heard in self.heard]

    def texts(self) -> list[str]:
        return [f"{heard.id} {heard.text}" for heard in self.heard]

    @property
    def last(self) -> Heard:
        assert self.heard, "No request has arrived."
        return self.heard[-1]


async def open_radio(address=("127.0.0.1", 0)) -> Radio:
    _, radio = await asyncio.get_running_loop().create_datagram_endpoint(Radio, local_addr=address)
    return radio


@pytest.fixture
async def service() -> Radio:
    """The socket of a name service, which does what the test says."""
    return await open_radio(SERVICE)


async def is_free(address: tuple[str, int]) -> bool:
    """Whether a socket can be opened at the address."""
    try:
        radio = await open_radio(address)
    except OSError:
        return False
    radio.transport.close()
    return True


def lookup(resolver, name: str = "peak", timeout: float = 10, attempts: int = 3) -> asyncio.Task:
    return asyncio.create_task(resolver.resolve(name, timeout=timeout, attempts=attempts))


async def outcome(task: asyncio.Task) -> object:
    """What a lookup returns, or the name of the exception that it raises."""
    try:
        return await task
    except Exception as error:
        return type(error).__name__


class Handler:
    """Answers after the seconds that the name tells, and notes which names it began and how long each ran."""

    def __init__(self) -> None:
        self.began: list[str] = []
        self.ended: dict[str, float] = {}
        self.clean_up: dict[str, float] = {}

    async def handle(self, name: str) -> str:
        self.began.append(name)
        try:
            await asyncio.sleep(float(name))
        except asyncio.CancelledError:
            await asyncio.sleep(self.clean_up.get(name, 0))
            raise
        finally:
            self.ended[name] = now()
        return f"after-{name}"


@pytest.mark.correctness(points=1)
async def test_lookup_returns_the_address(student, service):
    """`resolve` sends `<id> <name>`, each call with an id of its own, and returns the address in the reply."""
    service.on_heard = lambda request: service.reply(request, f"address-{request.text}", after=0.5)
    resolver = await student.open_resolver(SERVICE)
    names = [word(), word(), word()]

    addresses = [await resolver.resolve(name, timeout=1, attempts=1) for name in names]

    assert addresses == [f"address-{name}" for name in names]
    assert [request.text for request in service.heard] == names
    assert len({request.id for request in service.heard}) == 3, "Two calls had the same id."


@pytest.mark.correctness(points=1)
async def test_err_raises_lookup_error(student, service):
    """A reply `ERR <why>` raises LookupError(why)."""
    why = f"{word()} is not {word()}"
    service.on_heard = lambda request: service.reply(request, f"ERR {why}", after=0.5)
    resolver = await student.open_resolver(SERVICE)

    with pytest.raises(LookupError) as caught:
        await resolver.resolve(word(), timeout=1, attempts=1)
    assert caught.value.args == (why,)


@pytest.mark.correctness(points=2)
async def test_late_reply_to_an_earlier_attempt_counts(student, service):
    """All attempts of a call have the same id, and a reply to any of them counts."""
    address = an_address()
    resolver = await student.open_resolver(SERVICE)

    call = lookup(resolver, timeout=1, attempts=4)
    await asyncio.sleep(2.5)
    assert service.heard, "No request has arrived."
    service.reply(service.heard[0], address)

    assert await outcome(call) == address
    assert len({request.id for request in service.heard}) == 1, "The attempts had different ids."


@pytest.mark.correctness(points=1)
async def test_ids_are_never_used_again(student, service):
    """A reply that comes when its call has ended is not taken for the reply to another."""
    resolver = await student.open_resolver(SERVICE)
    addresses = [an_address() for _ in range(5)]

    for address in addresses:
        assert await outcome(lookup(resolver, word(), timeout=1, attempts=1)) == "TimeoutError"
        late = service.last
        call = lookup(resolver, word())
        await asyncio.sleep(0.25)
        service.reply(late, an_address())
        service.reply(service.last, address, after=0.25)
        assert await outcome(call) == address, "The reply to another call was returned."


@pytest.mark.correctness(points=1)
async def test_strangers_are_ignored(student, service):
    """Whatever does not come from the service's own address is ignored."""
    address = an_address()
    other_port, other_host = await open_radio(), await open_radio(("127.0.0.2", SERVICE[1]))
    resolver = await student.open_resolver(SERVICE)

    call = lookup(resolver)
    await asyncio.sleep(1)
    for stranger in (other_port, other_host):
        stranger.reply(service.last, an_address())
    service.reply(service.last, address, after=1)

    assert await outcome(call) == address


@pytest.mark.correctness(points=1)
async def test_garbage_is_ignored(student, service):
    """Datagrams without a space, of any bytes, are ignored, and lookups go on."""
    resolver = await student.open_resolver(SERVICE)

    for garbage in (b"", word().encode(), b"\xff\xfe\xfd"):
        address = an_address()
        call = lookup(resolver)
        await asyncio.sleep(1)
        service.send(garbage, service.last.sender)
        service.send(service.last.id, service.last.sender)
        service.reply(service.last, address, after=1)
        assert await outcome(call) == address


@pytest.mark.correctness(points=1)
async def test_duplicates_are_ignored(student, service):
    """Replies that nobody waits for, such as duplicates, are ignored, and lookups go on."""
    resolver = await student.open_resolver(SERVICE)

    for _ in range(3):
        address = an_address()
        call = lookup(resolver)
        await asyncio.sleep(1)
        request = service.last
        for after in (0, 0, 0.5):
            service.reply(request, address, after)
        service.send(f"{word()} {an_address()}", request.sender)
        assert await outcome(call) == address
        await asyncio.sleep(1)


@pytest.mark.correctness(points=1)
async def test_server_answers_who_asked(student):
    """The handler's answer goes, with the id of the request, to the address that the request came from."""
    askers = [await open_radio() for _ in range(3)]
    ids = [word() for _ in askers]
    server = await student.serve_lookups(SERVICE, Handler().handle, limit=5)

    for asker, request_id, name in zip(askers, ids, ["1.5", "0.5", "1.0"]):
        asker.send(f"{request_id} {name}", SERVICE)
    await asyncio.sleep(5)

    assert [asker.texts() for asker in askers] == [
        [f"{ids[0]} after-1.5"],
        [f"{ids[1]} after-0.5"],
        [f"{ids[2]} after-1.0"],
    ]
    await server.aclose()


@pytest.mark.correctness(points=1)
async def test_names_may_have_spaces(student, service):
    """A name with spaces is sent whole by the resolver, and given whole to the handler by the server."""
    name, asker, asked = f"{word()} {word()}  {word()}", await open_radio(), []

    async def handle(name: str) -> str:
        asked.append(name)
        return an_address()

    resolver = await student.open_resolver(SERVICE)
    call = lookup(resolver, name)
    await asyncio.sleep(1)
    assert service.last.text == name
    service.reply(service.last, an_address())
    await call

    await student.serve_lookups(("127.0.0.1", 5301), handle, limit=5)
    asker.send(f"k1 {name}", ("127.0.0.1", 5301))
    await asyncio.sleep(1)
    assert asked == [name]


@pytest.mark.correctness(points=1)
@pytest.mark.parametrize("known", [True, False], ids=["lookup_error", "other_error"])
async def test_server_tells_errors(student, known):
    """A LookupError of the handler is answered with `ERR` and its text, any other exception with `ERR internal`."""
    request_id, why, error = word(), f"no {word()} here", LookupError if known else ZeroDivisionError

    async def fail(name: str) -> str:
        raise error(why)

    asker = await open_radio()
    await student.serve_lookups(SERVICE, fail, limit=5)
    asker.send(f"{request_id} {word()}", SERVICE)
    await asyncio.sleep(1)

    assert asker.texts() == [f"{request_id} ERR {why if known else 'internal'}"]


@pytest.mark.correctness(points=1)
async def test_server_ignores_garbage(student):
    """Datagrams without a space, of any bytes, are ignored by the server, which goes on."""
    asker, handler = await open_radio(), Handler()
    await student.serve_lookups(SERVICE, handler.handle, limit=5)

    for garbage in (b"", word().encode(), b"\xff\xfe\xfd"):
        asker.send(garbage, SERVICE)
        await asyncio.sleep(1)
    asker.send("k1 0.5", SERVICE)
    await asyncio.sleep(1)

    assert asker.texts() == ["k1 after-0.5"]
    assert handler.began == ["0.5"]


@pytest.mark.concurrency(points=2)
async def test_request_is_sent_again(student, service):
    """A request without a reply is sent again after `timeout`; the call returns at the moment of the reply."""
    service.on_heard = lambda request: service.reply(request, an_address(), after=0.25) if now() > 0 else None
    resolver = await student.open_resolver(SERVICE)

    await outcome(lookup(resolver, timeout=1.5, attempts=3))

    assert service.moments() == [0, 1.5]
    assert now() == 1.75


@pytest.mark.concurrency(points=1)
async def test_lookup_gives_up(student, service):
    """After `attempts` requests without a reply, and another `timeout`, TimeoutError is raised."""
    timeout, attempts = random.randint(2, 9) / 4, random.randint(2, 5)
    resolver = await student.open_resolver(SERVICE)

    assert await outcome(lookup(resolver, timeout=timeout, attempts=attempts)) == "TimeoutError"

    assert service.moments() == [number * timeout for number in range(attempts)]
    assert now() == attempts * timeout


@pytest.mark.concurrency(points=2)
async def test_lookups_run_at_the_same_time(student, service):
    """Lookups run at the same time, and each ends at the moment of its own reply, in whatever order they come."""
    names = ["3.0", "1.0", "2.0"]
    service.on_heard = lambda request: service.reply(request, f"address-{request.text}", after=float(request.text))
    resolver = await student.open_resolver(SERVICE)

    calls = [lookup(resolver, name) for name in names]
    ended = {}
    for name, call in zip(names, calls):
        call.add_done_callback(lambda _, name=name: ended.setdefault(name, now()))
    addresses = [await outcome(call) for call in calls]

    assert addresses == [f"address-{name}" for name in names]
    assert ended == {name: float(name) for name in names}


@pytest.mark.concurrency(points=1)
async def test_pending_counts_those_who_wait(student, service):
    """`pending` is the number of the resolver's calls that wait, whether the others have returned or failed."""
    resolver, other = await student.open_resolver(SERVICE), await student.open_resolver(SERVICE)
    assert resolver.pending == 0

    limits = {"peak": 1.5, "lake": 9, "pass": 9, "cave": 9}
    calls = [lookup(resolver, name, timeout, attempts=1) for name, timeout in limits.items()]
    await asyncio.sleep(1)
    assert resolver.pending == 4
    assert other.pending == 0, "Calls of another resolver are counted."
    requests = {request.text: request for request in service.heard}
    service.reply(requests["lake"], an_address())
    service.reply(requests["pass"], "ERR unknown")
    await asyncio.sleep(1)
    assert resolver.pending == 1, "Calls that have ended are still counted, or one that waits is not."
    await asyncio.gather(*calls, return_exceptions=True)
    assert resolver.pending == 0


@pytest.mark.concurrency(points=1)
async def test_many_lookups_over_a_bad_link(student, service):
    """Twenty lookups over a link that loses, delays and repeats each return their own address."""

    def answer(request: Heard) -> None:
        for _ in range(random.choice([0, 1, 1, 2])):
            service.reply(request, f"address-{request.text}", after=random.randint(1, 30) / 16)

    service.on_heard = answer
    resolver = await student.open_resolver(SERVICE)
    names = [word() for _ in range(20)]

    calls = [lookup(resolver, name, timeout=1.03, attempts=30) for name in names]

    assert [await outcome(call) for call in calls] == [f"address-{name}" for name in names]
    assert resolver.pending == 0


@pytest.mark.concurrency(points=1)
async def test_handlers_run_at_the_same_time(student):
    """Handlers run at the same time, and each answer is sent as soon as its handler ends."""
    asker = await open_radio()
    await student.serve_lookups(SERVICE, Handler().handle, limit=4)

    for number, name in enumerate(["1", "0.25", "2", "0.5"]):
        asker.send(f"k{number} {name}", SERVICE)
    await asyncio.sleep(5)

    assert asker.texts() == ["k1 after-0.25", "k3 after-0.5", "k0 after-1", "k2 after-2"]
    assert asker.moments() == [0.25, 0.5, 1, 2]


@pytest.mark.concurrency(points=2)
async def test_server_drops_what_exceeds_its_limit(student):
    """A request that arrives while `limit` handlers are running is dropped; when one has ended, the next is served."""
    limit = random.randint(2, 4)
    asker, handler = await open_radio(), Handler()
    await student.serve_lookups(SERVICE, handler.handle, limit=limit)

    names = [str(1 + number / 4) for number in range(limit)]
    for name in names:
        asker.send(f"k{name} {name}", SERVICE)
    await asyncio.sleep(0.5)
    asker.send("k7 7", SERVICE)
    await asyncio.sleep(0.625)
    asker.send("k8 8", SERVICE)
    await asyncio.sleep(30)

    assert "7" not in handler.began, "A request that exceeded the limit was not dropped."
    assert sorted(handler.began) == sorted([*names, "8"])
    assert sorted(asker.texts()) == sorted(f"k{name} after-{name}" for name in [*names, "8"])


@pytest.mark.cancellation(points=2)
async def test_cancelled_lookup_sends_no_more(student, sandbox, service):
    """Wherever a call of `resolve` is cancelled, it ends at once, sends nothing more, and is no longer pending."""
    resolver = await student.open_resolver(SERVICE)

    async for attempt in sandbox.cancel_at_each_await(resolver.resolve, word(), timeout=1, attempts=3):
        assert attempt.outcome == "cancelled"
        assert resolver.pending == 0, "The call that was cancelled is still pending."
        before = len(service.heard)
        await asyncio.sleep(10)
        assert len(service.heard) == before, "The call that was cancelled still sends."


@pytest.mark.cancellation(points=1)
async def test_cancelling_one_lookup_leaves_the_others(student, service):
    """When a call is cancelled it ends at that moment, and the others go on."""
    address = an_address()
    resolver = await student.open_resolver(SERVICE)

    calls = [lookup(resolver, name) for name in ("peak", "lake")]
    await asyncio.sleep(1)
    calls[0].cancel()
    with pytest.raises(asyncio.CancelledError):
        await calls[0]
    assert now() == 1.0, "The call did not end at the moment it was cancelled."

    assert resolver.pending == 1, "Only the other call should be pending."
    for request in list(service.heard):
        service.reply(request, address, after=1)
    assert await outcome(calls[1]) == address


@pytest.mark.cancellation(points=2)
async def test_closing_ends_the_lookups(student, sandbox, service):
    """`aclose` makes the calls that wait raise ConnectionError at that moment; nothing more is sent."""
    resolver = await student.open_resolver(SERVICE)

    calls = [lookup(resolver, word(), timeout=2) for _ in range(3)]
    await asyncio.sleep(1)
    await resolver.aclose()
    ends = await asyncio.gather(*calls, return_exceptions=True)

    assert [isinstance(end, ConnectionError) for end in ends] == [True] * 3, "A call did not raise ConnectionError."
    assert now() == 1.0
    assert await sandbox.leftovers() == []
    await asyncio.sleep(10)
    assert len(service.heard) == 3, "Requests were sent after the closing."


@pytest.mark.cancellation(points=1)
async def test_closing_closes_the_socket(student, service):
    """`Resolver.aclose` closes the resolver's socket."""
    service.on_heard = lambda request: service.reply(request, an_address())
    resolver = await student.open_resolver(SERVICE)
    await resolver.resolve(word(), timeout=1, attempts=1)
    assert not await is_free(service.last.sender)

    await resolver.aclose()

    assert await is_free(service.last.sender), "The socket of the resolver is still open."


@pytest.mark.cancellation(points=2)
async def test_closing_the_server_ends_its_handlers(student, sandbox):
    """`LookupServer.aclose` cancels the handlers, returns when they have ended, and lets none begin meanwhile."""
    asker, handler = await open_radio(), Handler()
    handler.clean_up = {"30": 0.5, "40": 1.5, "50": 1.0}
    server = await student.serve_lookups(SERVICE, handler.handle, limit=5)

    for name in handler.clean_up:
        asker.send(f"k{name} {name}", SERVICE)
    await asyncio.sleep(2)
    asyncio.get_running_loop().call_later(0.75, asker.send, "k60 60", SERVICE)
    await server.aclose()

    assert handler.ended == {"30": 2.5, "40": 3.5, "50": 3.0}, "Handlers did not end, or aclose did not wait for them."
    assert now() == 3.5
    assert await sandbox.leftovers() == []
    assert await is_free(SERVICE), "The address is still taken."
    await asyncio.sleep(60)
    assert asker.heard == [], "A request was answered."
    assert "60" not in handler.began, "A handler began although the server was being closed."
