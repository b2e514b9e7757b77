"""Mocked HTTP: the routes of a test, answered to real requests over the test's network.

The routes are declared as with aioresponses, whose registration and matching are used. Its patching of
`ClientSession` is not: here the submission's own client sends its request through its own connector, so
that timeouts, limits, pools and cookies are those of aiohttp.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import json
import math
import random
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp import web
from aioresponses import CallbackResult
from aioresponses.compat import merge_params, normalize_url
from multidict import CIMultiDict
from yarl import URL

from grader.judge.routes import Routes
from grader.records.trace import SpanEnding
from grader.simulation.servers import Server
from grader.simulation.transports import Address, Inlet, StreamTransport

if TYPE_CHECKING:
    from grader.judge.world import JudgeMachine

#: The largest body that a submission may send, in bytes.
MOST_BODY = 32 * 2**20


@dataclass(eq=False)
class Request:
    """One request as it arrived; times are virtual seconds.

    `ended` is None while the request is in flight. `how` says how it ended: ``answered``, ``cancelled`` by the
    client, ``dropped`` by the test, or ``unexpected`` where no route matched.
    """

    method: str
    url: URL
    headers: CIMultiDict[str]
    arrived: float
    body: bytes = b""
    ended: float | None = None
    status: int | None = None
    how: str = ""

    @property
    def json(self) -> Any:
        """The body as JSON, None where it is not JSON."""
        with contextlib.suppress(ValueError):
            return json.loads(self.body)
        return None

    @property
    def kwargs(self) -> dict[str, Any]:
        """What aioresponses would have recorded of the call."""
        return {
            "headers": self.headers,
            "data": self.body or None,
            "json": self.json if self.body else None,
            "params": dict(self.url.query) or None,
        }

    def __repr__(self) -> str:
        return f"<{self.method} {self.url} at {self.arrived:g} s: {self.how or 'in flight'}>"


@dataclass
class _Behaviour:
    """What a route does beyond its response."""

    latency: float = 0.0
    failure: str = ""


class Http(Routes):
    """The `http` fixture: aioresponses' API, `latency=`, and the log of what really arrived."""

    def __init__(self, machine: JudgeMachine) -> None:
        super().__init__()
        self._responses = []
        self._matches: dict[str, Any] = {}
        self._behaviours: dict[str, _Behaviour] = {}
        self._machine = machine
        self._any_host = False
        self._addresses: set[str] = set()
        self._dropped: set[tuple[float, str, URL]] = set()
        self._random = random.Random(f"http {machine.seed}")
        self._server: Server | None = None
        self.log: list[Request] = []
        self.in_flight = 0
        self.peak_in_flight = 0
        machine.network.gateway = self

    def __repr__(self) -> str:
        return f"<Http: {len(self._matches)} routes, {self.in_flight} in flight, {len(self.log)} requests>"

    # -- routes: the test's side ----------------------------------------------------------------------

    def add(  # type: ignore[override]
        self,
        url: URL | str | re.Pattern[str],
        method: str = "GET",
        *,
        latency: float = 0.0,
        **options: Any,
    ) -> None:
        """Declare a route, as with aioresponses; its answer is sent `latency` virtual seconds after the request.

        `exception=` is played on the wire: a `TimeoutError` (or `timeout=True`) never answers, a
        `ClientPayloadError` breaks the body off, any other `ClientConnectionError` drops the connection.

        Raises:
            ValueError: the exception is none that a server can cause.
        """
        if latency < 0 or not math.isfinite(latency):
            raise ValueError(f"latency must be a finite number of virtual seconds, not {latency!r}")
        failure = _failure(options.get("exception"), bool(options.get("timeout")))
        super().add(url, method, **options)
        self._behaviours[next(reversed(self._matches))] = _Behaviour(latency, failure)
        if isinstance(url, re.Pattern):
            self._any_host = True
        elif host := URL(url).host:
            self._addresses.add(self._machine.network.name(host))

    def assert_called_with(  # type: ignore[override]
        self, url: URL | str, method: str = "GET", **expected: Any
    ) -> None:
        """Assert that the last request to `url` brought what `expected` names: json, data, headers, params."""
        key = (method.upper(), normalize_url(merge_params(url, expected.get("params"))))
        if not self.requests.get(key):
            raise AssertionError(f"{key[0]} {key[1]} was never requested")
        actual = self.requests[key][-1].kwargs
        for name, value in expected.items():
            got = actual.get(name)
            if name == "headers":
                got = {header: actual["headers"].get(header) for header in value}
            assert got == value, f"{key[0]} {key[1]} was requested with {name}={got!r}, not {value!r}"

    # -- the gateway: the network's side ---------------------------------------------------------------

    def knows(self, host: str) -> bool:
        """A name exists when a route or a server names it, and any does once a pattern is a route."""
        return self._any_host

    def serves(self, address: str) -> bool:
        """Whether connections to `address` are for a route, on whatever port."""
        return self._any_host or address in self._addresses

    def accept(self, outlet: Inlet, peername: Address, sockname: Address) -> Inlet:
        """Take a connection to a mocked host."""
        if self._server is None:
            loop = self._machine.loop
            handler = web.Server(
                self._handle,
                handler_cancellation=True,
                request_factory=_request,
                loop=loop,
                keepalive_timeout=math.inf,
                access_log=None,
            )
            self._server = Server(loop, handler, [], None)
        return self._server.accept(outlet, peername, sockname)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        transport = request.transport
        assert isinstance(transport, StreamTransport)
        scheme = "https" if transport.tls or request.get_extra_info("sockname")[1] == 443 else "http"
        url = normalize_url(URL(f"{scheme}://{request.host}{request.path_qs}"))
        record = Request(request.method, url, CIMultiDict(request.headers), self._machine.now)
        sign = (record.arrived, record.method, url)
        if sign in self._dropped:
            # aiohttp sends a request once more by itself after a drop; the test dropped one request, not two.
            self._dropped.discard(sign)
            transport.abort()
            return web.Response()
        return await self._answer(request, transport, record)

    async def _answer(
        self, request: web.BaseRequest, transport: StreamTransport, record: Request
    ) -> web.StreamResponse:
        self.log.append(record)
        calls: list[Any] = self.requests.setdefault((record.method, record.url), [])
        calls.append(record)
        self.in_flight += 1
        self.peak_in_flight = max(self.peak_in_flight, self.in_flight)
        recorder = self._machine.recorder
        recorder.begin(record, "request", f"{record.method} {record.url.path_qs}")
        try:
            record.body = await request.read()
            response = await self._respond(request, transport, record)
            record.how = record.how if record.how in ("dropped", "unexpected") else "answered"
            record.status = response.status if record.how == "answered" else None
            return response
        finally:
            self.in_flight -= 1
            record.ended = self._machine.now
            record.how = record.how or "cancelled"
            ending: SpanEnding = (
                "cancelled" if record.how == "cancelled" else "done" if record.how == "answered" else "raised"
            )
            detail = str(record.status) if record.status else record.how
            recorder.end(record, ending, detail)

    async def _respond(
        self, request: web.BaseRequest, transport: StreamTransport, record: Request
    ) -> web.StreamResponse:
        found = self._match(record)
        if found is None:
            return self._drop(transport, record, "unexpected")
        match, behaviour = found
        result = match
        if match.callback is not None:
            answer = match.callback(record.url, **record.kwargs)
            if inspect.isawaitable(answer):
                answer = await answer
            result = answer if isinstance(answer, CallbackResult) else match
        await asyncio.sleep(self._weathered(behaviour.latency))
        if behaviour.failure == "timeout":
            await asyncio.Event().wait()
        if behaviour.failure == "drop":
            return self._drop(transport, record, "dropped")
        response = _response(result)
        if behaviour.failure == "payload":
            response.headers["Content-Length"] = str(len(response.body or b"") + 1000)  # type: ignore[arg-type]
            await response.prepare(request)
            await response.write_eof()
            return self._drop(transport, record, "dropped")
        return response

    def _drop(self, transport: StreamTransport, record: Request, how: str) -> web.Response:
        record.how = how
        if record.method in ("GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"):
            self._dropped.add((self._machine.now, record.method, record.url))
        transport.abort()
        return web.Response()

    def _match(self, record: Request) -> tuple[Any, _Behaviour] | None:
        """The first route that fits; one that does not repeat is used up by this request alone."""
        for key, match in self._matches.items():
            if match.match(record.method, record.url):
                behaviour = self._behaviours[key]
                if match.repeat is False or (match.repeat is not True and match.repeat <= 1):
                    del self._matches[key]
                elif match.repeat is not True:
                    match.repeat -= 1
                return match, behaviour
        return None

    def _weathered(self, latency: float) -> float:
        """`latency`, changed a little by the seed: up to half as long again, and never in the same order."""
        if not self._machine.seed:
            return latency
        return latency + self._random.uniform(0, max(0.5 * latency, 0.01))


def _request(*args: Any, **kwargs: Any) -> web.BaseRequest:
    message, payload, protocol, writer, task = args
    return web.BaseRequest(message, payload, protocol, writer, task, protocol._loop, client_max_size=MOST_BODY)


def _failure(exception: object, timeout: bool) -> str:
    if exception is None and not timeout:
        return ""
    kind = exception if isinstance(exception, type) else type(exception)
    if timeout or issubclass(kind, TimeoutError):
        return "timeout"
    if issubclass(kind, aiohttp.ClientPayloadError):
        return "payload"
    if issubclass(kind, (aiohttp.ClientConnectionError, ConnectionError)):
        return "drop"
    raise ValueError(
        f"exception={exception!r} cannot be caused by a server: use status=, timeout= or a connection error"
    )


def _response(result: Any) -> web.Response:
    headers = CIMultiDict(result.headers or {})
    body = result.body
    if result.payload is not None:
        body = json.dumps(result.payload)
    if "Content-Type" not in headers and result.content_type:
        headers["Content-Type"] = result.content_type
    data = body.encode() if isinstance(body, str) else bytes(body or b"")
    return web.Response(status=result.status, reason=result.reason or None, body=data, headers=headers)
