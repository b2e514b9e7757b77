"""Connects what the sandbox asks for (addresses, connections, datagrams, programs) with the judge's network."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Literal, Protocol

from grader.boundary.errors import ProtocolFault
from grader.boundary.messages import (
    Accepted,
    BindDatagrams,
    Closed,
    Consumed,
    Data,
    Datagram,
    Dial,
    Done,
    Eof,
    Failed,
    Listen,
    ProgramEnded,
    ReleaseDatagrams,
    Reset,
    Resolve,
    Secured,
    SignalProgram,
    StartProgram,
    StopListening,
    ToJudge,
    ToSandbox,
)
from grader.boundary.streams import Port, pass_on
from grader.simulation import Network, SimulatedLoop
from grader.simulation.network import LOCALHOST, Listener
from grader.simulation.transports import Address, Inlet, Wire

if TYPE_CHECKING:
    from grader.judge.world import JudgeMachine

#: Streams, listeners and programs of one test beyond which the submission is out of hand.
MOST_RESOURCES = 20_000


class Gateway(Listener, Protocol):
    """Answers for all hosts that have no server of their own."""

    def knows(self, host: str) -> bool:
        """Whether the name exists."""

    def serves(self, address: str) -> bool:
        """Whether connections to `address` are taken where no server listens."""


class WorldNetwork(Network):
    """The network of a test: its own servers, the submission's, and a gateway for everything mocked."""

    def __init__(self, machine: JudgeMachine) -> None:
        super().__init__()
        self.gateway: Gateway | None = None
        self._machine = machine
        self._connections = 0

    def address_of(self, host: str) -> str | None:
        address = super().address_of(host)
        if address is None and self.gateway is not None and self.gateway.knows(host):
            address = self.name(host)
        return address

    def name(self, host: str) -> str:
        known = super().address_of(host)
        return known if known is not None else self.new_name(host)

    def open(self, address: Address, outlet: Inlet, sockname: Address) -> Inlet | None:
        listener = self.listener_at(address)
        if listener is None:
            # What has a port of its own is told apart from the gateway: it shows in the timeline.
            if self.gateway is None or not self.gateway.serves(address[0]):
                return None
            return self.gateway.accept(outlet, sockname, address)
        self._connections += 1
        key = ("connection", self._connections)
        self._machine.recorder.begin(key, "connection", f"connection to port {address[1]}")
        tap = Tap(outlet, lambda: self._machine.recorder.end(key))
        inlet = listener.accept(tap, sockname, address)
        return None if inlet is None else Tap(inlet, lambda: self._machine.recorder.end(key))


class Tap:
    """Passes everything on, and notices the end."""

    def __init__(self, inlet: Inlet, on_end: Callable[[], None]) -> None:
        self.data = inlet.data
        self.eof = inlet.eof
        self.consumed = inlet.consumed
        self.secured = inlet.secured
        self._inlet = inlet
        self._on_end = on_end

    def closed(self) -> None:
        self._on_end()
        self._inlet.closed()

    def reset(self) -> None:
        self._on_end()
        self._inlet.reset()


class Switchboard:
    """Serves the sandbox's side of network and programs."""

    def __init__(
        self,
        machine: JudgeMachine,
        loop: SimulatedLoop,
        post: Callable[[ToSandbox], None],
        guard: Callable[[Callable[[], None]], None],
    ) -> None:
        self._machine = machine
        self._network = machine.network
        self._loop = loop
        self._post = post
        self._guard = guard
        self._streams: dict[int, Inlet] = {}
        self._accepted = 0
        self._listening: dict[int, Address] = {}
        self._receiving: dict[int, Address] = {}
        self._programs: dict[int, Callable[[int], None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def take(self, message: ToJudge) -> bool:
        """Serve a message; False where it is none of ours."""
        if isinstance(message, (Data, Eof, Closed, Reset, Consumed, Secured)):
            if message.stream not in self._streams:
                raise ProtocolFault("bytes were sent on a connection that does not exist")
            pass_on(self._streams[message.stream], message)
        elif isinstance(message, Resolve):
            self._resolve(message)
        elif isinstance(message, Dial):
            self._dial(message)
        elif isinstance(message, Listen):
            self._serve(self._listen(message))
        elif isinstance(message, StopListening):
            if address := self._listening.pop(message.listener, None):
                self._network.stop_listening(address)
        elif isinstance(message, (BindDatagrams, ReleaseDatagrams, Datagram)):
            self._take_datagram(message)
        elif isinstance(message, StartProgram):
            self._serve(self._start_program(message))
        elif isinstance(message, SignalProgram):
            self._serve(self._signal_program(message))
        else:
            return False
        return True

    def _serve(self, work: Coroutine[None, None, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._served)

    def _served(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            self._guard(task.result)

    def _fail(self, number: int, kind: Literal["unknown host", "refused", "taken", "no such program"]) -> None:
        self._post(Failed(number, kind))

    def _new_stream(self, number: int, inlet: Inlet) -> None:
        if number in self._streams or len(self._streams) > MOST_RESOURCES:
            raise ProtocolFault("too many connections were opened, or one twice")
        self._streams[number] = inlet

    def _check_number(self, *streams: int) -> None:
        """Streams that the sandbox opens have positive numbers; those that the judge opens have negative ones."""
        if min(streams) < 0:
            raise ProtocolFault("a connection with an impossible number was opened")

    # -- connections ------------------------------------------------------------------------------------

    def _resolve(self, message: Resolve) -> None:
        address = self._network.address_of(message.host[:300])
        if address is None:
            self._fail(message.id, "unknown host")
        else:
            self._post(Done(message.id, address))

    def _dial(self, message: Dial) -> None:
        self._check_number(message.stream - 1)
        port = Port(self._post, message.stream)
        outlet = Wire(self._loop, port, self._network.latency)
        inlet = self._network.open((message.host, message.port), outlet, (LOCALHOST, message.local_port))
        if inlet is None:
            self._fail(message.id, "refused")
        else:
            self._new_stream(message.stream, inlet)
            # The answer takes the way of the bytes, so that a server's first words never overtake it.
            answer = Done(message.id)
            self._loop.call_later(
                2 * self._network.latency, self._post, answer
            ) if self._network.latency else self._post(answer)

    async def _listen(self, message: Listen) -> None:
        if len(self._listening) > MOST_RESOURCES:
            raise ProtocolFault("too many servers were started")
        listener = SandboxListener(self, message.listener)
        try:
            host, port = await self._network.listen(message.host, message.port, listener)
        except OSError:
            self._fail(message.id, "taken")
        else:
            self._listening[message.listener] = (host, port)
            self._post(Done(message.id, host, port))

    def accept(self, listener: int, outlet: Inlet, peername: Address) -> Inlet:
        """Offer a connection to one of the sandbox's servers."""
        self._accepted += 1
        stream = -self._accepted
        # Whoever connects is the test: what the sandbox has done wrong is not raised there.
        self._guard(lambda: self._new_stream(stream, outlet))
        self._post(Accepted(listener, stream, *peername))
        return Wire(self._loop, Port(self._post, stream), self._network.latency)

    # -- datagrams ----------------------------------------------------------------------------------------

    def _take_datagram(self, message: BindDatagrams | ReleaseDatagrams | Datagram) -> None:
        if isinstance(message, BindDatagrams):
            self._serve(self._bind(message))
        elif message.receiver not in self._receiving:
            return
        elif isinstance(message, ReleaseDatagrams):
            self._network.release_datagrams(self._receiving.pop(message.receiver))
        else:
            source, target = self._receiving[message.receiver], (message.host, message.port)
            self._network.send_datagram(self._loop, message.chunk, source, target)

    async def _bind(self, message: BindDatagrams) -> None:
        def receive(data: bytes, source: Address) -> None:
            self._post(Datagram(message.receiver, *source, data))

        try:
            address = await self._network.bind_datagrams(message.host, message.port, receive)
        except (OSError, socket.gaierror):
            self._fail(message.id, "taken")
        else:
            self._receiving[message.receiver] = address
            self._post(Done(message.id, *address))

    # -- programs --------------------------------------------------------------------------------------------

    async def _start_program(self, message: StartProgram) -> None:
        self._check_number(*message.streams)
        recorder, key = self._machine.recorder, ("program", message.program)
        ports: dict[int, Inlet] = {}
        for fd, stream in enumerate(message.streams):
            if stream:
                same = fd == 2 and stream == message.streams[1]
                ports[fd] = ports[1] if same else Wire(self._loop, Port(self._post, stream))

        def on_exit(returncode: int) -> None:
            recorder.end(key, "cancelled" if returncode < 0 else "done", f"exit status {returncode}")
            self._post(ProgramEnded(message.program, returncode))

        try:
            started = await self._machine.programs.start(self._loop, message.argv, ports, on_exit, shell=message.shell)
        except FileNotFoundError:
            self._fail(message.id, "no such program")
            return
        recorder.begin(key, "program", " ".join(message.argv))
        for fd, stream in enumerate(message.streams):
            if stream and stream not in self._streams:
                self._new_stream(stream, started.inlets[fd])
        self._programs[message.program] = started.send_signal
        self._post(Done(message.id, "", started.pid))

    async def _signal_program(self, message: SignalProgram) -> None:
        # A task, as the start is one: the kill of a start that was cancelled at once must not overtake it.
        if send_signal := self._programs.get(message.program):
            send_signal(message.signum)


class SandboxListener:
    """One of the submission's servers, as the judge's network sees it."""

    def __init__(self, switchboard: Switchboard, number: int) -> None:
        self._switchboard = switchboard
        self._number = number

    def accept(self, outlet: Inlet, peername: Address, sockname: Address) -> Inlet:
        """Take a connection for the submission."""
        return self._switchboard.accept(self._number, outlet, peername)
