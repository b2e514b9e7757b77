"""Examples: run them with ``pytest exercises/30_cookie_login``."""

import asyncio
import re

import pytest
from aioresponses import CallbackResult

BASE = "https://api.test/v1"


class Service:
    """Logs users in within half a second; anything else takes a second. Only the last token is valid."""

    def __init__(self, http):
        self.token = "none yet"
        self.logins = 0
        http.post(f"{BASE}/login", callback=self.login, repeat=True)
        http.get(re.compile(rf"^{BASE}/.*"), callback=self.answer, repeat=True)

    async def login(self, url, **request):
        await asyncio.sleep(0.5)
        self.logins += 1
        self.token = f"token-{self.logins}"
        return CallbackResult(payload={"token": self.token}, headers={"Set-Cookie": f"sid=s{self.logins}; Path=/"})

    async def answer(self, url, headers, **request):
        await asyncio.sleep(1)
        if headers.get("Authorization") != f"Bearer {self.token}":
            return CallbackResult(status=401, payload={"error": "no valid token"})
        return CallbackResult(payload={"path": url.path, "cookie": headers.get("Cookie")})


@pytest.mark.correctness
async def test_logs_in_and_asks(student, sandbox, http):
    """The first call logs in; its request carries the token and the cookie."""
    service = Service(http)
    client = student.ApiClient(await sandbox.session(), BASE, "leilani", "aloha")

    assert await client.get_json("/mails") == {"path": "/v1/mails", "cookie": "sid=s1"}
    assert service.logins == 1


@pytest.mark.concurrency
async def test_timetable(student, sandbox, http):
    """Two widgets that call at 0 s and again at 2 s, with an expired token, need two logins."""
    service = Service(http)
    client = student.ApiClient(await sandbox.session(), BASE, "leilani", "aloha")

    await asyncio.gather(client.get_json("/mails"), client.get_json("/stars"))
    assert asyncio.get_running_loop().time() == 1.5
    await asyncio.sleep(0.5)
    service.token = "expired"
    await asyncio.gather(client.get_json("/mails"), client.get_json("/stars"))

    assert [request.arrived for request in http.log if request.method == "POST"] == [0, 3]
    assert [request.arrived for request in http.log if request.method == "GET"] == [0.5, 0.5, 2, 2, 3.5, 3.5]
    assert asyncio.get_running_loop().time() == 4.5


@pytest.mark.cancellation
async def test_others_are_not_disturbed(student, sandbox, http):
    """When the call that began the login is cancelled, the other call gets its answer all the same."""
    Service(http)
    client = student.ApiClient(await sandbox.session(), BASE, "leilani", "aloha")

    first = asyncio.create_task(client.get_json("/mails"))
    await asyncio.sleep(0.1)
    second = asyncio.create_task(client.get_json("/stars"))
    await asyncio.sleep(0.1)
    first.cancel()

    assert (await second)["path"] == "/v1/stars"
    with pytest.raises(asyncio.CancelledError):
        await first
