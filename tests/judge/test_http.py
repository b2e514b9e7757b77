"""Mocked HTTP: routes are declared in the test, requests are those of the submission's own aiohttp."""

FETCH = """
    import asyncio
    import aiohttp

    async def fetch(url, **options):
        async with aiohttp.ClientSession() as session:
            async with session.get(url, **options) as response:
                return response.status, await response.text()

    async def fetch_all(urls, session=None):
        async def one(session, url):
            async with session.get(url) as response:
                return await response.text()

        async with session or aiohttp.ClientSession() as session:
            return await asyncio.gather(*(one(session, url) for url in urls))
"""


def test_an_answer_takes_exactly_its_latency(holds):
    """A response arrives `latency` virtual seconds after its request, and the log says so."""
    holds(
        """
        http.get("https://shop.test/a", body="x", status=201, latency=1.5)
        await asyncio.sleep(1)

        assert await student.fetch("https://shop.test/a") == (201, "x")
        assert now() == 2.5
        (request,) = http.log
        assert (request.method, str(request.url), request.how) == ("GET", "https://shop.test/a", "answered")
        assert (request.arrived, request.ended, request.status) == (1.0, 2.5, 201)
        """,
        FETCH,
    )


def test_requests_in_flight_are_counted(holds):
    """`in_flight` is exact at any moment, and `peak_in_flight` remembers the most."""
    holds(
        """
        for n in range(3):
            http.get(f"https://shop.test/{n}", latency=1 + n)
        call = asyncio.create_task(student.fetch_all([f"https://shop.test/{n}" for n in range(3)]))
        counts = []
        for _ in range(4):
            await asyncio.sleep(0.9)
            counts.append(http.in_flight)
        await call

        assert counts == [3, 2, 1, 0]
        assert http.peak_in_flight == 3
        assert sorted(request.ended for request in http.log) == [1, 2, 3]
        """,
        FETCH,
    )


def test_a_request_that_is_abandoned_is_logged_as_cancelled(holds):
    """Cancelling the call ends its request at that instant."""
    holds(
        """
        http.get("https://shop.test/", latency=60)
        call = asyncio.create_task(student.fetch("https://shop.test/"))
        await asyncio.sleep(2)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

        assert http.in_flight == 0
        assert (http.log[0].how, http.log[0].ended) == ("cancelled", 2)
        """,
        FETCH,
    )


def test_a_route_is_used_as_often_as_it_says(holds):
    """A route answers once, `repeat=n` times, or with `repeat=True` for ever; the next route follows."""
    holds(
        """
        http.get("https://shop.test/", body="once")
        http.get("https://shop.test/", body="twice", repeat=2)
        http.get("https://shop.test/", body="for ever", repeat=True)
        answers = [(await student.fetch("https://shop.test/"))[1] for _ in range(5)]

        assert answers == ["once", "twice", "twice", "for ever", "for ever"]
        """,
        FETCH,
    )


def test_concurrent_requests_use_up_a_route_one_each(holds):
    """Requests that arrive at one instant do not share a route that answers once."""
    holds(
        """
        for body in "abc":
            http.get("https://shop.test/", body=body, latency=1)

        assert sorted(await student.fetch_all(["https://shop.test/"] * 3)) == ["a", "b", "c"]
        assert now() == 1
        """,
        FETCH,
    )


def test_callbacks_answer_requests(holds):
    """A callback is a function or a coroutine function, and its CallbackResult is the answer."""
    holds(
        """
        from aioresponses import CallbackResult

        async def slow(url, **kwargs):
            await asyncio.sleep(2)
            return CallbackResult(status=418, body=url.name)

        seen = []
        http.get("https://shop.test/plain", callback=lambda url, **kwargs: CallbackResult(payload={"n": 1}))
        http.get("https://shop.test/slow", callback=slow, latency=1)
        http.get("https://shop.test/looks", body="on", callback=lambda url, **kwargs: seen.append(kwargs["params"]))

        assert await student.fetch("https://shop.test/plain") == (200, '{"n": 1}')
        assert await student.fetch("https://shop.test/slow") == (418, "slow")
        assert now() == 3
        assert await student.fetch("https://shop.test/looks") == (200, "on")
        assert seen == [None]
        """,
        FETCH,
    )


def test_a_timeout_never_answers_and_the_client_s_own_timeout_ends_it(holds):
    """With `exception=TimeoutError()` nothing comes; ClientTimeout fires at its time."""
    holds(
        """
        http.get("https://shop.test/", exception=TimeoutError())
        session = await sandbox.session(timeout={"total": 3})
        with pytest.raises(TimeoutError):
            await student.fetch_all(["https://shop.test/"], session=session)

        assert now() == 3
        assert (http.log[0].how, http.log[0].ended) == ("cancelled", 3)
        """,
        FETCH,
    )


def test_a_dropped_connection_is_one_request(holds):
    """A connection error drops the connection; aiohttp's own second attempt is not logged."""
    holds(
        """
        http.get("https://shop.test/", exception=aiohttp.ClientConnectionError("gone"), latency=1)
        http.get("https://shop.test/", body="back")
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await student.fetch("https://shop.test/")

        assert [(request.how, request.ended) for request in http.log] == [("dropped", 1)]
        assert await student.fetch("https://shop.test/") == (200, "back")
        assert [request.how for request in http.log] == ["dropped", "answered"]
        """,
        FETCH,
    )


def test_a_dropped_post_is_one_request(holds):
    """A POST, which aiohttp does not send twice, is dropped once too; the next one is answered."""
    holds(
        """
        http.post("https://shop.test/", exception=aiohttp.ServerDisconnectedError())
        http.post("https://shop.test/", body="back")
        with pytest.raises(aiohttp.ClientConnectionError):
            await student.send("https://shop.test/")

        assert await student.send("https://shop.test/") == "back"
        assert [request.how for request in http.log] == ["dropped", "answered"]
        """,
        """
        import aiohttp

        async def send(url):
            async with aiohttp.ClientSession() as session, session.post(url) as response:
                return await response.text()
        """,
    )


def test_a_body_that_breaks_off_is_a_payload_error(holds):
    """With `exception=ClientPayloadError()` the headers arrive, and reading the body fails."""
    holds(
        """
        http.get("https://shop.test/", body="half", exception=aiohttp.ClientPayloadError())

        with pytest.raises(aiohttp.ClientPayloadError):
            await student.fetch("https://shop.test/")
        """,
        FETCH,
    )


def test_an_exception_that_no_server_can_cause_is_refused(holds):
    """A route that promises the impossible says so where it is declared."""
    holds(
        """
        with pytest.raises(ValueError, match="cannot be caused by a server"):
            http.get("https://shop.test/", exception=KeyError("x"))
        with pytest.raises(ValueError, match="finite number of virtual seconds"):
            http.get("https://shop.test/", latency=-1)
        """,
        FETCH,
    )


def test_a_request_that_no_route_expects_is_dropped_and_logged(holds):
    """The submission sees a lost connection, and the log says `unexpected`, once."""
    holds(
        """
        http.get("https://shop.test/a")
        with pytest.raises(aiohttp.ClientConnectionError):
            await student.fetch("https://shop.test/b")

        assert [(request.how, request.url.path) for request in http.log] == [("unexpected", "/b")]
        """,
        FETCH,
    )


def test_http_and_https_are_told_apart(holds):
    """The scheme belongs to the route."""
    holds(
        """
        http.get("http://shop.test/", body="plain")
        http.get("https://shop.test/", body="secret")
        http.get("https://shop.test:8443/", body="elsewhere")

        assert await student.fetch_all(
            ["https://shop.test/", "http://shop.test/", "https://shop.test:8443/"]
        ) == ["secret", "plain", "elsewhere"]
        """,
        FETCH,
    )


def test_a_pattern_is_a_route_for_any_host(holds):
    """A compiled pattern matches the whole URL, and any host exists then."""
    holds(
        """
        import re
        http.get(re.compile(r"^https://[a-z]+\\.shop\\.test/items/\\d+$"), body="item", repeat=True)

        assert await student.fetch("https://eu.shop.test/items/7") == (200, "item")
        with pytest.raises(aiohttp.ClientConnectionError):
            await student.fetch("https://eu.shop.test/items/x")
        """,
        FETCH,
    )


def test_an_unknown_host_is_a_dns_error(holds):
    """A name that no route and no server bears cannot be resolved."""
    holds(
        """
        with pytest.raises(aiohttp.ClientConnectorDNSError) as caught:
            await student.fetch("https://nowhere.test/")

        assert "nowhere.test" in str(caught.value)
        assert http.log == []
        """,
        FETCH,
    )


def test_redirects_are_followed_by_the_client(holds):
    """A redirect leads to the next route; both requests are logged."""
    holds(
        """
        http.get("https://shop.test/old", status=302, headers={"Location": "https://new.test/item"})
        http.get("https://new.test/item", body="found")

        assert await student.fetch("https://shop.test/old") == (200, "found")
        assert [request.status for request in http.log] == [302, 200]
        """,
        FETCH,
    )


def test_cookies_are_kept_by_the_session(holds):
    """What a response sets is sent with the next request of the session."""
    holds(
        """
        http.get("https://shop.test/login", headers={"Set-Cookie": "id=7; Path=/"})
        http.get("https://shop.test/basket")
        await student.shop()

        assert http.log[1].headers["Cookie"] == "id=7"
        """,
        """
        import aiohttp

        async def shop():
            async with aiohttp.ClientSession() as session:
                for path in ("login", "basket"):
                    async with session.get(f"https://shop.test/{path}"):
                        pass
        """,
    )


def test_the_connector_s_limit_is_honoured(holds):
    """A session of the sandbox brings the limits of its connector."""
    holds(
        """
        urls = [f"https://shop.test/{n}" for n in range(6)]
        for url in urls:
            http.get(url, body=url, latency=1)
        session = await sandbox.session(connector={"limit": 2})

        assert await student.fetch_all(urls, session=session) == urls
        assert http.peak_in_flight == 2
        assert now() == 3
        """,
        FETCH,
    )


def test_what_a_request_brought_can_be_asserted(holds):
    """JSON, form data, headers and query are compared with what arrived."""
    holds(
        """
        http.post("https://shop.test/orders?draft=1", payload={"id": 7}, status=201)
        with pytest.raises(AssertionError, match="was never requested"):
            http.assert_called_with("https://shop.test/orders?draft=1", "POST")
        http.assert_not_called()

        assert await student.order("https://shop.test/orders", {"item": "tea", "n": 2}) == {"id": 7}
        http.assert_called_with(
            "https://shop.test/orders?draft=1", "POST", json={"item": "tea", "n": 2}, headers={"X-Key": "k"}
        )
        http.assert_called_with("https://shop.test/orders", "POST", params={"draft": "1"})
        http.assert_called_once()
        with pytest.raises(AssertionError, match="was requested with json="):
            http.assert_called_with("https://shop.test/orders?draft=1", "POST", json={"item": "coffee"})
        assert http.log[0].json == {"item": "tea", "n": 2}
        """,
        """
        import aiohttp

        async def order(url, what):
            async with aiohttp.ClientSession(headers={"X-Key": "k"}) as session:
                async with session.post(url, json=what, params={"draft": 1}) as response:
                    return await response.json()
        """,
    )


def test_query_strings_are_part_of_a_route_in_any_order(holds):
    """A route is matched by its query, whatever the order of its parts."""
    holds(
        """
        http.get("https://shop.test/find?a=1&b=2", body="both")
        http.get("https://shop.test/find?a=1", body="one")

        assert (await student.fetch("https://shop.test/find", params={"b": "2", "a": "1"}))[1] == "both"
        assert (await student.fetch("https://shop.test/find?a=1"))[1] == "one"
        assert [dict(request.url.query) for request in http.log] == [{"a": "1", "b": "2"}, {"a": "1"}]
        """,
        FETCH,
    )


def test_other_methods_have_routes_of_their_own(holds):
    """PUT, PATCH, DELETE, HEAD and OPTIONS are told apart."""
    holds(
        """
        for method in ("put", "patch", "delete", "head", "options"):
            getattr(http, method)("https://shop.test/", headers={"X-Method": method})

        assert await student.methods("https://shop.test/") == ["put", "patch", "delete", "head", "options"]
        """,
        """
        import aiohttp

        async def methods(url):
            async with aiohttp.ClientSession() as session:
                seen = []
                for method in ("PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"):
                    async with session.request(method, url) as response:
                        seen.append(response.headers["X-Method"])
                return seen
        """,
    )


def test_a_large_body_arrives_in_both_directions(holds):
    """Bodies beyond every buffer are carried whole."""
    holds(
        """
        data = random.randbytes(3_000_000)
        http.put("https://shop.test/", body=data[::-1])

        assert await student.put("https://shop.test/", data) == data[::-1]
        assert http.log[0].body == data
        """,
        """
        import aiohttp

        async def put(url, data):
            async with aiohttp.ClientSession() as session, session.put(url, data=data) as response:
                return await response.read()
        """,
    )


def test_a_thousand_requests_run_at_once(holds):
    """A thousand concurrent requests in one test are answered together."""
    holds(
        """
        urls = [f"https://shop.test/{n}" for n in range(1000)]
        for url in urls:
            http.get(url, body=url, latency=1)
        session = await sandbox.session(connector={"limit": 0})

        assert await student.fetch_all(urls, session=session) == urls
        assert http.peak_in_flight == 1000
        assert now() == 1
        """,
        FETCH,
    )


def test_a_callback_that_fails_is_an_error_of_the_suite(judge):
    """An exception in a test's callback fails the test with its own text, not as the submission's fault."""
    suite = '''
@pytest.mark.correctness
async def test_callback(student, http):
    """The callback answers."""
    def callback(url, **kwargs):
        raise ZeroDivisionError("in the callback")

    http.get("https://shop.test/", callback=callback)
    assert await student.status("https://shop.test/") == 200
'''
    source = """
import aiohttp

async def status(url):
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status
"""

    (outcome,) = judge(suite, source)

    assert outcome.ending != "passed"
    assert outcome.facts[1].value == "500"
