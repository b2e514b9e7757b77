"""Unmodified aiohttp, client and server, behaves on the simulated network as it does in production."""

import asyncio
import contextlib
import ssl

import aiohttp
import pytest
from aiohttp import web


def now():
    return asyncio.get_running_loop().time()


@pytest.fixture
async def serve():
    """Start a web server at api.test that has one handler for everything."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(handler, *, host="api.test", port=80, ssl=None, **options):
            app = web.Application(client_max_size=2**24)

            async def call(request):
                return await handler(request)

            app.router.add_route("*", "/{path:.*}", call)
            runner = web.AppRunner(app, **options)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await web.TCPSite(runner, host, port, ssl_context=ssl).start()
            return runner

        yield start


@pytest.fixture
async def session():
    async with aiohttp.ClientSession() as session:
        yield session


class Slow:
    """A handler that takes a while and counts how many requests it has at once."""

    def __init__(self, seconds):
        self.seconds = seconds
        self.running = self.most = 0

    async def __call__(self, request):
        self.running += 1
        self.most = max(self.most, self.running)
        await asyncio.sleep(self.seconds)
        self.running -= 1
        return web.json_response({"path": request.path})


async def test_a_request_is_answered_with_json(serve, session):
    """Query, headers and JSON bodies cross as they are, at no cost of time."""

    async def echo(request):
        return web.json_response(
            {"query": dict(request.query), "header": request.headers["X-Name"], "json": await request.json()}
        )

    await serve(echo)
    async with session.post(
        "http://api.test/a?b=1", json={"c": [2]}, headers={"X-Name": "ä"}, params={"d": "3"}
    ) as response:
        answer = await response.json()

    assert answer == {"query": {"b": "1", "d": "3"}, "header": "ä", "json": {"c": [2]}}
    assert response.status == 200
    assert now() == 0


async def test_the_connectors_limit_holds(serve):
    """With `TCPConnector(limit=2)` six requests of 1 s take 3 s, and the server sees two at once."""
    slow = Slow(1)
    await serve(slow)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=2)) as session:

        async def fetch(n):
            async with session.get(f"http://api.test/{n}") as response:
                return await response.json()

        answers = await asyncio.gather(*(fetch(n) for n in range(6)))

    assert [answer["path"] for answer in answers] == [f"/{n}" for n in range(6)]
    assert now() == 3.0
    assert slow.most == 2


async def test_the_limit_per_host_holds(serve):
    """`limit_per_host` counts each host for itself."""
    slow = Slow(1)
    await serve(slow)
    await serve(slow, host="other.test")
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit_per_host=1)) as session:

        async def fetch(url):
            async with session.get(url) as response:
                await response.read()

        await asyncio.gather(*(fetch(f"http://{host}.test/") for host in ("api", "other") for _ in range(2)))

    assert now() == 2
    assert slow.most == 2


async def test_total_timeout_comes_at_its_time(serve, session):
    """`ClientTimeout(total=2.5)` raises TimeoutError at exactly 2.5 s."""
    await serve(Slow(60))

    with pytest.raises(asyncio.TimeoutError):
        await session.get("http://api.test/", timeout=aiohttp.ClientTimeout(total=2.5))
    assert now() == 2.5


async def test_read_timeout_counts_from_the_last_chunk(serve, session):
    """`sock_read=1.5` lets chunks through that come each second, and not one that takes two."""

    async def drip(request):
        response = web.StreamResponse()
        await response.prepare(request)
        for pause in (1, 1, 1, 2):
            await asyncio.sleep(pause)
            await response.write(b"x")
        return response

    await serve(drip)
    received = b""
    with pytest.raises(aiohttp.SocketTimeoutError):
        async with session.get("http://api.test/", timeout=aiohttp.ClientTimeout(sock_read=1.5)) as response:
            async for chunk in response.content.iter_any():
                received += chunk

    assert received == b"xxx"
    assert now() == 4.5


async def test_chunks_arrive_when_they_are_sent(serve, session):
    """A response that is sent piece by piece is received piece by piece."""

    async def paced(request):
        response = web.StreamResponse()
        await response.prepare(request)
        for n in range(5):
            await response.write(b"%d" % n)
            await asyncio.sleep(1)
        return response

    await serve(paced)
    arrived = []
    async with session.get("http://api.test/") as response:
        async for chunk in response.content.iter_any():
            arrived.append((now(), chunk))

    assert arrived == [(n, b"%d" % n) for n in range(5)]
    assert now() == 5


async def test_a_truncated_body_is_an_error(serve, session):
    """A connection that closes before the promised length raises ClientPayloadError."""

    async def truncated(request):
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b"only this")
        await asyncio.sleep(1)
        request.transport.close()
        return response

    await serve(truncated)
    async with session.get("http://api.test/") as response:
        with pytest.raises(aiohttp.ClientPayloadError):
            await response.read()

    assert now() == 1


async def test_a_connection_that_closes_without_an_answer_is_an_error(serve, session):
    """A server that hangs up raises ServerDisconnectedError."""

    async def hang_up(request):
        request.transport.abort()
        await asyncio.sleep(1)

    await serve(hang_up)

    with pytest.raises(aiohttp.ServerDisconnectedError):
        await session.post("http://api.test/")
    assert now() == 0


async def test_websockets_echo_and_close(serve, session):
    """A WebSocket carries text, bytes and JSON both ways, and both ends see it close."""
    ended = []

    async def echo(request):
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            await asyncio.sleep(1)
            if message.type == aiohttp.WSMsgType.TEXT:
                await socket.send_str(message.data.upper())
            else:
                await socket.send_bytes(message.data[::-1])
        ended.append((now(), socket.close_code))
        return socket

    await serve(echo)
    async with session.ws_connect("http://api.test/") as socket:
        await socket.send_str("hello")
        assert await socket.receive_str() == "HELLO"
        await socket.send_bytes(b"abc")
        assert await socket.receive_bytes() == b"cba"
        await socket.send_json({"n": 1})
        assert await socket.receive_json(loads=str) == '{"N": 1}'

    assert now() == 3
    assert ended == [(3, 1000)]


async def test_a_websocket_that_the_server_closes_ends_its_iteration(serve, session):
    """The server's close code reaches the client, whose `async for` ends."""

    async def count(request):
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        for n in range(3):
            await socket.send_str(str(n))
            await asyncio.sleep(1)
        await socket.close(code=4001, message=b"enough")
        return socket

    await serve(count)
    async with session.ws_connect("http://api.test/") as socket:
        received = [message.data async for message in socket]

    assert received == ["0", "1", "2"]
    assert socket.close_code == 4001
    assert now() == 3


async def test_websocket_heartbeat_notices_a_silent_peer(serve, session):
    """A peer that does not answer pings is given up."""

    async def silent(request):
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        request.transport.pause_reading()
        await asyncio.sleep(100)
        return socket

    await serve(silent)
    async with session.ws_connect("http://api.test/", heartbeat=4) as socket:
        message = await socket.receive()

    assert message.type in (aiohttp.WSMsgType.ERROR, aiohttp.WSMsgType.CLOSED)
    assert 4 < now() < 10


async def test_cookies_are_kept(serve, session):
    """A cookie that the server sets comes back with the next request."""

    async def visit(request):
        response = web.json_response(dict(request.cookies))
        response.set_cookie("visits", str(int(request.cookies.get("visits", 0)) + 1), max_age=100)
        return response

    await serve(visit)
    seen = []
    for pause in (1, 1, 200):
        async with session.get("http://api.test/") as response:
            seen.append(await response.json())
        await asyncio.sleep(pause)
    async with session.get("http://api.test/") as response:
        seen.append(await response.json())

    assert seen == [{}, {"visits": "1"}, {"visits": "2"}, {}]


async def test_redirects_are_followed_and_remembered(serve, session):
    """A chain of redirects ends at its target and is kept as the response's history."""

    async def redirect(request):
        n = int(request.path[1:])
        if n == 0:
            return web.Response(text=request.method)
        raise web.HTTPFound(f"http://{'other' if n % 2 else 'api'}.test/{n - 1}")

    await serve(redirect)
    await serve(redirect, host="other.test")
    async with session.post("http://api.test/3") as response:
        text = await response.text()

    assert text == "GET"
    assert str(response.url) == "http://other.test/0"
    assert [step.status for step in response.history] == [302, 302, 302]
    with pytest.raises(aiohttp.TooManyRedirects):
        await session.get("http://api.test/30")


async def test_megabytes_go_both_ways(serve, session):
    """Bodies of 3 MB arrive unharmed, in both directions."""
    body = bytes(range(256)) * 12_000

    async def double(request):
        return web.Response(body=await request.read() + body)

    await serve(double)
    async with session.post("http://api.test/", data=body) as response:
        assert await response.read() == body + body


async def test_a_server_waits_for_a_slow_reader(serve, session):
    """A server that streams megabytes stops when the client does not read."""
    sent = []

    async def stream(request):
        response = web.StreamResponse()
        await response.prepare(request)
        for n in range(40):
            await response.write(bytes(100_000))
            sent.append(n)
        return response

    await serve(stream)
    async with session.get("http://api.test/") as response:
        await asyncio.sleep(10)
        before = len(sent)
        size = len(await response.read())

    assert before < 20
    assert size == 4_000_000


async def test_uploads_are_streamed(serve, session):
    """An upload from an async generator reaches the server piece by piece."""
    arrived = []

    async def receive(request):
        async for chunk in request.content.iter_any():
            arrived.append((now(), chunk))
        return web.Response()

    async def pieces():
        for n in range(3):
            yield b"%d" % n
            await asyncio.sleep(1)

    await serve(receive)
    async with session.post("http://api.test/", data=pieces()) as response:
        assert response.status == 200

    assert arrived == [(n, b"%d" % n) for n in range(3)]


async def test_forms_and_files_are_uploaded(serve, session):
    """A multipart form arrives with its fields and files."""

    async def receive(request):
        form = await request.post()
        return web.json_response({"name": form["name"], "file": form["file"].file.read().decode()})

    await serve(receive)
    form = aiohttp.FormData({"name": "Ada"})
    form.add_field("file", b"content", filename="a.txt")
    async with session.post("http://api.test/", data=form) as response:
        assert await response.json() == {"name": "Ada", "file": "content"}


async def test_a_server_notices_that_its_client_is_gone(serve, session):
    """Cancelling a request cancels its handler, where the server asks for that."""
    cancelled = []

    async def endless(request):
        try:
            await asyncio.sleep(1000)
        except asyncio.CancelledError:
            cancelled.append(now())
            raise

    await serve(endless, handler_cancellation=True)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(3):
            await session.get("http://api.test/")
    await asyncio.sleep(1)

    assert cancelled == [3]


async def test_a_request_cancelled_while_it_connects_leaves_no_connection(serve, session):
    """A request that is cancelled at any moment of its set-up leaves nothing open at the server."""
    asyncio.get_running_loop().network.latency = 0.25
    runner = await serve(Slow(1))
    for step in range(1, 12):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(step / 10):
                await session.get("http://api.test/")
    await asyncio.sleep(5)
    await session.close()
    await asyncio.sleep(5)

    assert [str(site._server) for site in runner.sites] == ["<Server serving: 0 open>"]


async def test_a_refused_port_is_a_connector_error(serve, session):
    """Where nobody listens, the client raises ClientConnectorError."""
    await serve(Slow(1))

    with pytest.raises(aiohttp.ClientConnectorError) as caught:
        await session.get("http://api.test:81/")
    assert isinstance(caught.value.os_error, ConnectionRefusedError)
    assert not isinstance(caught.value, aiohttp.ClientConnectorDNSError)


async def test_an_unknown_host_is_a_dns_error(session):
    """A name that nobody has raises ClientConnectorDNSError."""
    with pytest.raises(aiohttp.ClientConnectorDNSError, match="nobody.test"):
        await session.get("http://nobody.test/")


@pytest.mark.parametrize("context", [ssl.create_default_context(), object()], ids=["context", "anything"])
async def test_https_is_passed_off_as_plain(serve, session, context):
    """https:// needs no certificate: the bytes are plain, and the server takes the stream for TLS."""

    async def secure(request):
        return web.json_response({"scheme": request.scheme, "secure": request.secure})

    await serve(secure, port=443, ssl=context)
    async with session.get("https://api.test/") as response:
        assert await response.json() == {"scheme": "https", "secure": True}


async def test_big_responses_left_unread_exhaust_the_pool(serve):
    """A response that is never read keeps its connection, so that the next request waits for ever."""

    async def big(request):
        return web.Response(body=bytes(1_000_000))

    await serve(big)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1)) as session:
        first = await session.get("http://api.test/")
        with pytest.raises(asyncio.TimeoutError):
            await session.get("http://api.test/", timeout=aiohttp.ClientTimeout(total=3))
        assert now() == 3
        first.close()
        second = await session.get("http://api.test/")
        assert len(await second.read()) == 1_000_000


async def test_keep_alive_reuses_a_connection(serve, session):
    """Requests one after the other share a connection, until it has been idle for too long."""
    ports = []

    async def note(request):
        ports.append(request.transport.get_extra_info("peername")[1])
        return web.Response()

    await serve(note)
    for pause in (1, 1, 60, 0):
        async with session.get("http://api.test/"):
            pass
        await asyncio.sleep(pause)

    assert ports[0] == ports[1] == ports[2] != ports[3]


async def test_latency_costs_a_round_trip(serve, session):
    """With a latency of 20 ms the first request takes two round trips, the next one takes one."""
    asyncio.get_running_loop().network.latency = 0.02
    await serve(Slow(1))
    times = []
    for _ in range(2):
        start = now()
        async with session.get("http://api.test/") as response:
            await response.read()
        times.append(round(now() - start, 9))

    assert times == [1.08, 1.04]


async def test_a_server_shuts_down_with_open_clients(serve, session):
    """A server that stops lets requests finish for a while, then cuts them off."""
    runner = await serve(Slow(1000), shutdown_timeout=5)
    request = asyncio.create_task(session.post("http://api.test/"))
    idle = await asyncio.open_connection("api.test", 80)
    await asyncio.sleep(1)
    await runner.cleanup()

    with pytest.raises(aiohttp.ServerDisconnectedError):
        await request
    assert await idle[0].read() == b""
    assert 5 < now() <= 20
    idle[1].close()


async def test_a_session_closes_its_idle_connections(serve):
    """Closing the session closes what it kept alive, and the server sees it."""
    runner = await serve(Slow(1))
    async with aiohttp.ClientSession() as session:
        async with session.get("http://api.test/"):
            pass
        assert [str(site._server) for site in runner.sites] == ["<Server serving: 1 open>"]
    await asyncio.sleep(0.1)

    assert [str(site._server) for site in runner.sites] == ["<Server serving: 0 open>"]


async def test_compressed_responses_are_read(serve, session):
    """A compressed response comes out as it went in."""

    async def compressed(request):
        response = web.Response(text="text " * 1000)
        response.enable_compression()
        return response

    await serve(compressed)
    async with session.get("http://api.test/") as response:
        assert response.headers["Content-Encoding"] == "deflate"
        assert await response.text() == "text " * 1000


async def test_status_errors_are_raised(serve):
    """`raise_for_status` raises ClientResponseError with the status."""

    async def unavailable(request):
        raise web.HTTPServiceUnavailable(headers={"Retry-After": "3"})

    await serve(unavailable)
    async with aiohttp.ClientSession(raise_for_status=True) as session:
        with pytest.raises(aiohttp.ClientResponseError) as caught:
            await session.get("http://api.test/")

    assert caught.value.status == 503
    assert caught.value.headers["Retry-After"] == "3"


async def test_tracing_sees_every_step(serve):
    """aiohttp's own tracing hooks fire, at virtual times."""
    await serve(Slow(1))
    steps = []
    trace = aiohttp.TraceConfig()
    for name in (
        "on_request_start",
        "on_dns_resolvehost_start",
        "on_connection_create_end",
        "on_request_end",
    ):

        async def note(session, context, parameters, name=name):
            steps.append((name, now()))

        getattr(trace, name).append(note)
    async with aiohttp.ClientSession(trace_configs=[trace]) as session, session.get("http://api.test/"):
        pass

    assert steps == [
        ("on_request_start", 0),
        ("on_dns_resolvehost_start", 0),
        ("on_connection_create_end", 0),
        ("on_request_end", 1),
    ]
