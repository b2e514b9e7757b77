"""An event loop with a virtual clock, on a simulated machine."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
import heapq
import math
import socket
import subprocess
import threading
import weakref
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, TypeVarTuple

from grader.simulation.errors import Livelock, NotSimulated
from grader.simulation.executor import TurnExecutor
from grader.simulation.idle import Idle, Timer
from grader.simulation.machine import Machine
from grader.simulation.network import Network
from grader.simulation.programs import Programs, spawn
from grader.simulation.refusals import Refusals
from grader.simulation.servers import DatagramTransport, Server
from grader.simulation.tasks import SimulatedFuture, SimulatedTask
from grader.simulation.transports import Address, StreamTransport
from grader.simulation.turns import tick

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
_current_thread = threading.get_ident

ProtocolFactory = Callable[[], asyncio.BaseProtocol]

#: Turns of the loop at one instant before it counts as a livelock. A thousand requests need about fifty.
MOST_TURNS_AT_ONE_INSTANT = 25_000


class SimulatedLoop(Refusals, asyncio.SelectorEventLoop):
    """An event loop in virtual time, with in-memory TCP, UDP and programs.

    Time stands still while anything can run, and jumps to the next timer when nothing can. Loops that are
    given the same `machine` share its clock and network, each in a thread of its own.

    Raises, out of `run_forever` and `run_until_complete`:
        Deadlock: nothing can ever run again.
        Livelock: the loop keeps turning without time moving on.
    """

    def __init__(self, machine: Machine | None = None) -> None:
        self.machine = machine if machine is not None else Machine()
        self._spins = 0
        self._spun_at = -1.0
        self._timers = 0
        self._dialled: weakref.WeakKeyDictionary[socket.socket, StreamTransport] = weakref.WeakKeyDictionary()
        self._turn_executor = TurnExecutor()
        super().__init__(Idle(self._wait))
        self.machine.loops.append(self)

    @property
    def network(self) -> Network:
        """The machine's network."""
        return self.machine.network

    @property
    def programs(self) -> Programs:
        """The machine's programs."""
        return self.machine.programs

    # -- time -------------------------------------------------------------------------------------

    def time(self) -> float:
        """Virtual seconds since the machine was made."""
        return self.machine.now

    def run_forever(self) -> None:
        with self.machine.running():
            self._turn_executor.start_waiting()
            super().run_forever()

    def close(self) -> None:
        super().close()
        if self in self.machine.loops:
            self.machine.forget(self)

    def _wait(self, timeout: float | None) -> None:
        turns = self.machine.turns
        if timeout == 0:
            self._count_spin()
            turns.give_way()
            return
        timers: list[Timer] = self._scheduled  # type: ignore[attr-defined]
        when = timers[0].when() if timers else math.inf

        def has_work() -> bool:
            # A call from the other side of the boundary may have set an earlier timer meanwhile.
            return self._has_work() or (bool(timers) and timers[0].when() < when)

        turns.park(has_work, when if math.isfinite(when) else None)
        now = self.machine.now
        # The default of a nanosecond is lost in the rounding of a large clock.
        self._clock_resolution = max(1e-9, 2 * math.ulp(now))

    def _has_work(self) -> bool:
        return bool(self._ready)  # type: ignore[attr-defined]

    def _count_spin(self) -> None:
        now = self.machine.now
        if now != self._spun_at:
            self._spun_at, self._spins = now, 0
        self._spins += 1
        if self._spins > MOST_TURNS_AT_ONE_INSTANT:
            self._spins = 0
            raise Livelock(
                f"Livelock at {now:g} s: the event loop turned {MOST_TURNS_AT_ONE_INSTANT:,} times "
                "without time moving on.",
                time=now,
                waiting=self.machine.describe_waiting(),
            )

    def call_at(
        self,
        when: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: contextvars.Context | None = None,
    ) -> asyncio.TimerHandle:
        if when is None:
            raise TypeError("when cannot be None")
        self._check_closed()  # type: ignore[attr-defined]
        self._check_own_thread()
        timer = Timer(tick(when, self.machine.now), callback, args, self, context)
        self._timers += 1
        timer.serial = self._timers
        heapq.heappush(self._scheduled, timer)  # type: ignore[attr-defined]
        timer._scheduled = True  # type: ignore[attr-defined]
        return timer

    def call_soon(
        self,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: contextvars.Context | None = None,
    ) -> asyncio.Handle:
        # asyncio's own, in one frame: this runs some forty times in each request.
        self._check_closed()  # type: ignore[attr-defined]
        if self._thread_id is not None and self._thread_id != _current_thread():  # type: ignore[attr-defined]
            self._check_own_thread()
        if self._debug:  # type: ignore[attr-defined]
            self._check_callback(callback, "call_soon")  # type: ignore[attr-defined]
        handle = asyncio.Handle(callback, args, self, context)
        if handle._source_traceback:  # type: ignore[attr-defined]
            del handle._source_traceback[-1]  # type: ignore[attr-defined]
        self._ready.append(handle)  # type: ignore[attr-defined]
        return handle

    def in_other_thread(self) -> bool:
        """Whether the loop runs, and in another thread than the caller's."""
        thread: int | None = self._thread_id  # type: ignore[attr-defined]
        return thread is not None and thread != threading.get_ident()

    def _check_own_thread(self) -> None:
        if self.in_other_thread():
            raise RuntimeError(
                "Non-thread-safe operation: another thread may only use call_soon_threadsafe() "
                "or asyncio.run_coroutine_threadsafe()."
            )

    # -- tasks, futures, threads --------------------------------------------------------------------

    def create_task(  # type: ignore[override]
        self, coro: Coroutine[Any, Any, T], **options: Any
    ) -> asyncio.Task[T]:
        self._check_closed()  # type: ignore[attr-defined]
        factory = self.get_task_factory()
        if factory is not None and factory is getattr(asyncio, "eager_task_factory", None):
            options["eager_start"] = True
        elif factory is not None:
            return super().create_task(coro, **options)
        task = SimulatedTask(coro, loop=self, **options)
        if task._source_traceback:  # type: ignore[attr-defined]
            del task._source_traceback[-1]  # type: ignore[attr-defined]
        return task

    def create_future(self) -> asyncio.Future[Any]:
        return SimulatedFuture(loop=self)

    def run_in_executor(
        self,
        executor: concurrent.futures.Executor | None,
        func: Callable[[*Ts], T],
        *args: *Ts,
    ) -> asyncio.Future[T]:
        if executor is None:
            self._check_closed()  # type: ignore[attr-defined]
            self._check_default_executor()  # type: ignore[attr-defined]
            executor = self._default_executor or self._turn_executor  # type: ignore[attr-defined]
        return super().run_in_executor(executor, func, *args)

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        """Wait for the jobs that are still in threads, with the loop running and no timer of its own."""
        self._executor_shutdown_called = True
        executor = self._default_executor or self._turn_executor  # type: ignore[attr-defined]
        if executor is self._turn_executor and self._turn_executor.idle:
            self._turn_executor.shutdown(wait=False)
            return
        ended = self.create_future()

        def shut_down() -> None:
            executor.shutdown(wait=True)
            self.call_soon_threadsafe(ended.set_result, None)

        thread = threading.Thread(target=shut_down)
        thread.start()
        await ended
        thread.join()

    def _make_self_pipe(self) -> None:
        self._ssock = self._csock = None

    def _close_self_pipe(self) -> None:
        pass

    def _write_to_self(self) -> None:
        # A parked loop looks at its ready queue whenever the turn is passed on.
        pass

    # -- network --------------------------------------------------------------------------------------

    async def getaddrinfo(
        self,
        host: bytes | str | None,
        port: bytes | str | int | None,
        *,
        family: int = 0,
        type: int = 0,
        proto: int = 0,
        flags: int = 0,
    ) -> list[Any]:
        name = host.decode() if isinstance(host, bytes) else host
        address = await self.network.resolve(name or "localhost")
        number = port if isinstance(port, int) else int(port) if port else 0
        kind = type or socket.SOCK_STREAM
        number_of_proto = proto or (socket.IPPROTO_UDP if kind == socket.SOCK_DGRAM else socket.IPPROTO_TCP)
        if ":" in address:
            return [(socket.AF_INET6, kind, number_of_proto, "", (address, number, 0, 0))]
        return [(socket.AF_INET, kind, number_of_proto, "", (address, number))]

    async def getnameinfo(self, sockaddr: Any, flags: int = 0) -> tuple[str, str]:
        return sockaddr[0], str(sockaddr[1])

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        resolved = await self.network.resolve(address[0])
        transport = await self.network.dial(self, (resolved, address[1]))
        self._dialled[sock] = transport
        weakref.finalize(sock, _hang_up, self._dialled, transport)

    async def create_connection(  # type: ignore[no-untyped-def]
        self, protocol_factory: ProtocolFactory, host=None, port=None, *, ssl=None, sock=None, **options
    ):
        if sock is not None:
            if host is not None or port is not None:
                raise ValueError("host/port and sock can not be specified at the same time")
            transport = self._dialled.pop(sock, None)
            if transport is None:
                raise NotSimulated(
                    "This socket was not connected on the simulated network: "
                    "pass host and port, or connect it with loop.sock_connect()."
                )
            # Nothing passes through the real socket; it only named the connection.
            sock.close()
        else:
            if host is None and port is None:
                raise ValueError("host and port was not specified and no sock specified")
            (*_, address), *_ = await self.getaddrinfo(host, port)
            transport = await self.network.dial(self, address[:2])
        if ssl:
            transport.secure(ssl)
        protocol = protocol_factory()
        transport.begin(protocol)
        return transport, protocol

    async def start_tls(self, transport, protocol, sslcontext, **options):  # type: ignore[no-untyped-def]
        transport.secure(sslcontext)
        transport.set_protocol(protocol)
        return transport

    async def create_server(  # type: ignore[no-untyped-def]
        self,
        protocol_factory: ProtocolFactory,
        host=None,
        port=None,
        *,
        sock=None,
        backlog=100,
        ssl=None,
        start_serving=True,
        **options,
    ):
        if sock is not None:
            raise NotSimulated("A simulated server cannot use a real socket: pass host and port.")
        if host is None and port is None:
            raise ValueError("Neither host/port nor sock were specified")
        hosts = [host] if host is None or isinstance(host, str) else list(host)
        server = Server(self, protocol_factory, [(name, port or 0) for name in hosts], ssl)
        if start_serving:
            await server.start_serving()
        return server

    async def create_datagram_endpoint(  # type: ignore[no-untyped-def]
        self, protocol_factory: ProtocolFactory, local_addr=None, remote_addr=None, *, sock=None, **options
    ):
        if sock is not None:
            raise NotSimulated("A simulated datagram endpoint cannot use a real socket: pass local_addr.")
        remote: Address | None = None
        if remote_addr is not None:
            remote = (await self.network.resolve(remote_addr[0]), remote_addr[1])
        transport = DatagramTransport(self, remote)
        host, port = local_addr or (None, 0)
        transport.bound(await self.network.bind_datagrams(host, port, transport.receive))
        protocol = protocol_factory()
        transport.begin(protocol)
        return transport, protocol

    # -- programs --------------------------------------------------------------------------------------

    async def subprocess_exec(  # type: ignore[no-untyped-def]
        self,
        protocol_factory,
        program,
        *args,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **options,
    ):
        argv = [_text(word) for word in (program, *args)]
        protocol = protocol_factory()
        transport = await spawn(self, protocol, argv, shell=False, stdin=stdin, stdout=stdout, stderr=stderr)
        return transport, protocol

    async def subprocess_shell(  # type: ignore[no-untyped-def]
        self,
        protocol_factory,
        cmd,
        *,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **options,
    ):
        if not isinstance(cmd, (bytes, str)):
            raise ValueError("cmd must be a string")
        protocol = protocol_factory()
        transport = await spawn(self, protocol, [_text(cmd)], shell=True, stdin=stdin, stdout=stdout, stderr=stderr)
        return transport, protocol

    async def connect_read_pipe(self, protocol_factory: ProtocolFactory, pipe: Any) -> Any:
        if not isinstance(pipe, StreamTransport):
            raise NotSimulated("A simulated loop has no pipes but those of create_subprocess_exec().")
        protocol = protocol_factory()
        pipe.begin(protocol)
        return pipe, protocol

    connect_write_pipe = connect_read_pipe


def _text(word: Any) -> str:
    if isinstance(word, bytes):
        return word.decode(errors="surrogateescape")
    if not isinstance(word, str) and not hasattr(word, "__fspath__"):
        raise TypeError(f"program arguments must be a bytes or text string, not {type(word).__name__}")
    return str(word)


def _hang_up(dialled: weakref.WeakKeyDictionary[socket.socket, StreamTransport], transport: StreamTransport) -> None:
    """A socket that was connected and never used: the other end must see it close."""
    if transport._protocol is None and not transport._loop.is_closed():
        transport._loop.call_soon_threadsafe(transport.abort)


__all__ = ["SimulatedFuture", "SimulatedLoop", "SimulatedTask"]
