"""The hidden suite of exercise 30."""

import asyncio
import base64
import random
import re

import aiohttp
import pytest
from aioresponses import CallbackResult


def now() -> float:
    return asyncio.get_running_loop().time()


def word() -> str:
    """A word that nobody can have foreseen."""
    return f"word-{random.randrange(10**9)}"


class Service:
    """A service with one user. A login takes `login` seconds, another request `latency`.

    Only the last token is valid, until it expires. A path can have an answer of its own: a status, or seconds.
    """

    def __init__(self, http, *, login=0.5, latency=1.0):
        self.host = f"{word()}.test"
        self.base = f"https://{self.host}/{word()}"
        self.user, self.password = word(), word()
        self.token = word()
        self.cookie = None
        self.statuses, self.latencies = {}, {}
        self.refusals = []
        self._login, self._latency = login, latency
        self._http = http
        http.post(f"{self.base}/login", callback=self._log_in, repeat=True)
        http.get(re.compile(rf"^{re.escape(self.base)}/.*"), callback=self._answer, repeat=True)

    async def _log_in(self, url, **request):
        await asyncio.sleep(self._login)
        if self.refusals:
            return CallbackResult(status=self.refusals.pop(0), payload={"error": "no"})
        self.token = word()
        return CallbackResult(payload={"token": self.token}, headers=self._set_cookie())

    async def _answer(self, url, headers, **request):
        path = url.path.removeprefix(self.base.partition(self.host)[2])
        await asyncio.sleep(self.latencies.get(path, self._latency))
        if headers.get("Authorization") != f"Bearer {self.token}":
            return CallbackResult(status=401, payload={"error": "no valid token"})
        status = self.statuses.get(path, 200)
        return CallbackResult(status=status, payload=[path, dict(url.query)], headers=self._set_cookie())

    def _set_cookie(self):
        self.cookie = f"sid={word()}"
        return {"Set-Cookie": f"{self.cookie}; Path=/; HttpOnly"}

    def expire(self):
        """From now on the token that was given is not valid."""
        self.token = word()

    @property
    def logins(self):
        return [request for request in self._http.log if request.method == "POST"]

    @property
    def requests(self):
        return [request for request in self._http.log if request.method == "GET"]


@pytest.fixture
def service(http):
    return Service(http)


@pytest.fixture
def connect(student, sandbox):
    """Makes a client of a service."""

    async def connect(service):
        return student.ApiClient(await sandbox.session(), service.base, service.user, service.password)

    return connect


def paths(count: int) -> list[str]:
    return [f"/{word()}" for _ in range(count)]


async def ask_all(client, paths):
    return await asyncio.gather(*(client.get_json(path) for path in paths))


def answers(paths):
    return [[path, {}] for path in paths]


@pytest.mark.correctness(points=2)
async def test_json_of_the_answer_is_returned(service, connect):
    """A call sends its path and its parameters, and returns the JSON of the answer."""
    client = await connect(service)
    (path,), params = paths(1), {"from": word(), "to": word()}

    assert await client.get_json(path, **params) == [path, params]
    assert await client.get_json(path) == [path, {}]


@pytest.mark.correctness(points=1)
async def test_login_is_the_first_request(service, connect, http):
    """The first call logs in, and no login comes before it; the following calls use the same token."""
    client = await connect(service)
    await asyncio.sleep(1)
    assert http.log == [], "A request was sent before the first call."

    for path in paths(3):
        await client.get_json(path)

    assert [request.method for request in http.log] == ["POST", "GET", "GET", "GET"]


@pytest.mark.correctness(points=1)
async def test_login_uses_basic_authentication(service, connect):
    """The login carries user and password in its Basic header, and nowhere in its URL."""
    client = await connect(service)
    await client.get_json("/mails")

    (login,) = service.logins
    secret = base64.b64encode(f"{service.user}:{service.password}".encode()).decode()
    assert login.headers.get("Authorization") == f"Basic {secret}"
    assert str(login.url) == f"{service.base}/login"


@pytest.mark.correctness(points=1)
async def test_requests_carry_the_last_cookie(service, connect):
    """Each request carries the cookie that the service has set last."""
    client, expected = await connect(service), []
    for path in paths(3):
        await client.get_json(path)
        expected.append(service.cookie)

    # The cookie of the first request is that of the login.
    cookies = [request.headers.get("Cookie") for request in service.requests]
    assert cookies[0] is not None, "The cookie of the login is not sent."
    assert cookies[1:] == expected[:-1]


@pytest.mark.correctness(points=1)
async def test_two_clients_share_nothing(connect, http):
    """Each client logs in for itself and sends the token of its own login."""
    services = Service(http), Service(http)
    clients = [await connect(service) for service in services]

    for path in paths(2):
        for client in clients:
            assert await client.get_json(path) == [path, {}]

    assert [request.method for request in http.log] == ["POST", "GET"] * 2 + ["GET"] * 2


@pytest.mark.correctness(points=1)
async def test_expired_token_is_renewed(service, connect):
    """After a 401 there is one login, and the request is repeated with the new token."""
    client = await connect(service)
    first, second = paths(2)
    await client.get_json(first)
    service.expire()

    assert await client.get_json(second, page="2") == [second, {"page": "2"}]
    assert len(service.logins) == 2
    assert [request.url.query_string for request in service.requests] == ["", "page=2", "page=2"]


@pytest.mark.correctness(points=1)
async def test_second_401_is_an_auth_error(service, connect, sandbox):
    """When the repeated request is answered with 401 too, AuthError is raised, without another login."""
    client, (path,) = await connect(service), paths(1)
    service.statuses[path] = 401

    with pytest.raises(sandbox.error("AuthError")):
        await client.get_json(path)
    assert len(service.requests) == 2
    assert len(service.logins) == 2


@pytest.mark.correctness(points=1)
async def test_other_statuses_are_raised_as_they_are(service, connect):
    """Any other status of 400 or more raises its ClientResponseError, without another login or request."""
    client = await connect(service)
    for number, status in enumerate(random.sample([400, 403, 404, 407, 500, 503], 3), start=1):
        (path,) = paths(1)
        service.statuses[path] = status

        with pytest.raises(aiohttp.ClientResponseError) as caught:
            await client.get_json(path)
        assert caught.value.status == status
        assert (len(service.logins), len(service.requests)) == (1, number)


@pytest.mark.correctness(points=1)
@pytest.mark.parametrize("status", [401, 503])
async def test_failed_login_is_raised_and_tried_again(service, connect, sandbox, status):
    """A login that fails raises AuthError for a 401, ClientResponseError otherwise; a later call logs in again."""
    client, (path,) = await connect(service), paths(1)
    service.refusals = [status]

    with pytest.raises(sandbox.error("AuthError") if status == 401 else aiohttp.ClientResponseError):
        await client.get_json(path)

    assert service.requests == []
    assert await client.get_json(path) == [path, {}]


@pytest.mark.concurrency(points=2)
async def test_ten_calls_need_one_login(service, connect, http):
    """Ten calls that need a token at the same time log in once, and then run at the same time."""
    client, ten = await connect(service), paths(10)

    assert await ask_all(client, ten) == answers(ten)

    assert len(service.logins) == 1, "There was more than one login."
    assert [request.arrived for request in service.requests] == [0.5] * 10
    assert now() == 1.5


@pytest.mark.concurrency(points=2)
async def test_ten_calls_renew_an_expired_token_once(service, connect):
    """Ten calls that are refused at the same time log in once more, and repeat their requests at the same time."""
    client, ten = await connect(service), paths(10)
    await client.get_json(ten[0])
    service.expire()

    assert await ask_all(client, ten) == answers(ten)

    assert [login.arrived for login in service.logins] == [0, 2.5], "There must be one login for each token."
    assert [request.arrived for request in service.requests[1:]] == [1.5] * 10 + [3.0] * 10
    assert now() == 4.0


@pytest.mark.concurrency(points=1)
async def test_late_refusal_finds_the_new_token(service, connect):
    """A call whose 401 comes during or after the login of another uses the token of that login."""
    client, (quick, middle, late) = await connect(service), paths(3)
    await client.get_json(quick)
    service.latencies |= {middle: 1.25, late: 2}
    service.expire()

    assert await ask_all(client, [quick, middle, late]) == answers([quick, middle, late])

    assert len(service.logins) == 2, "There must be one login for each token."
    repeated = {request.url.name: request.arrived for request in service.requests[4:]}
    assert repeated == {quick[1:]: 3.0, middle[1:]: 3.0, late[1:]: 3.5}


@pytest.mark.concurrency(points=1)
@pytest.mark.weather(seeds=5)
async def test_one_login_for_each_token(service, connect):
    """Whenever calls come and tokens expire, there is one login for each token, and each call gets its answer."""
    client = await connect(service)
    for _ in range(3):
        some = paths(8)
        service.latencies |= {path: random.choice([0.25, 0.5, 1.0, 2.0]) for path in some}

        async def ask(path):
            await asyncio.sleep(random.choice([0, 0, 0.5, 1.0]))
            return await client.get_json(path)

        assert await asyncio.gather(*map(ask, some)) == answers(some)
        service.expire()

    assert len(service.logins) == 3


@pytest.mark.cancellation(points=2)
@pytest.mark.parametrize("expired", [False, True])
async def test_cancelling_the_call_that_logs_in(service, connect, expired):
    """When the call that began a login is cancelled, the others still get a token, by one more login at most."""
    client, (path, *others) = await connect(service), paths(5)
    if expired:
        await client.get_json(path)
        service.expire()
        service.latencies = {path: 0.5, **dict.fromkeys(others, 0.6)}
    before = len(service.logins)

    first = asyncio.create_task(client.get_json(path))
    await asyncio.sleep(0.05)
    calls = asyncio.gather(*(client.get_json(other) for other in others))
    await asyncio.sleep(0.7 if expired else 0.2)
    first.cancel()
    cancelled = now()

    with pytest.raises(asyncio.CancelledError):
        await first
    assert now() == cancelled, "The call did not end at the moment it was cancelled."
    assert await calls == answers(others)
    assert len(service.logins) - before <= 2, "There were too many logins."
    assert round(now() - cancelled, 6) <= 0.5 + (0.6 if expired else 1.0), "The others had to wait too long."


@pytest.mark.cancellation(points=1)
async def test_cancelling_a_call_that_waits(service, connect):
    """When a call that waits for the login of another is cancelled, it ends at that moment, and disturbs nobody."""
    client, (first, second, third) = await connect(service), paths(3)

    calls = [asyncio.create_task(client.get_json(path)) for path in (first, second, third)]
    await asyncio.sleep(0.25)
    calls[1].cancel()

    with pytest.raises(asyncio.CancelledError):
        await calls[1]
    assert now() == 0.25, "The call did not end at the moment it was cancelled."
    assert [await calls[0], await calls[2]] == answers([first, third])
    assert len(service.logins) == 1
    assert now() == 1.5


@pytest.mark.cancellation(points=1)
async def test_cancelled_request_is_abandoned(service, connect, http):
    """A call that is cancelled during its request ends at that moment, with its request, and no other follows."""
    client, (path,) = await connect(service), paths(1)

    call = asyncio.create_task(client.get_json(path))
    await asyncio.sleep(1)
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    assert now() == 1.0, "The call did not end at the moment it was cancelled."
    assert http.in_flight == 0, "The request is still running."
    await asyncio.sleep(30)
    assert len(http.log) == 2, "Another request was sent."


@pytest.mark.cancellation(points=1)
async def test_cancelled_at_any_await(service, connect, sandbox, http):
    """Wherever a call is cancelled, it ends as cancelled, and the next call is answered."""
    client, (path,) = await connect(service), paths(1)

    async for attempt in sandbox.cancel_at_each_await(client.get_json, path):
        assert attempt.outcome == "cancelled"
        # A login may go on for the others, but not for ever.
        await asyncio.sleep(5)
        assert http.in_flight == 0, "A request is still running."
        assert await asyncio.wait_for(client.get_json(path), 5) == [path, {}]
        service.expire()
