"""The sandbox's half of the world: its machine asks the judge for time, network and programs."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from grader.boundary.channel import Channel
from grader.boundary.messages import (
    Accepted,
    Answer,
    Ask,
    BindDatagrams,
    Call,
    Cancelled,
    Closed,
    Consumed,
    Data,
    Datagram,
    Dial,
    Done,
    Eof,
    Examination,
    Examine,
    Failed,
    FrameToJudge,
    FrameToSandbox,
    Go,
    Idle,
    Inspect,
    Inspection,
    Listen,
    Note,
    Outcome,
    ProgramEnded,
    Raised,
    ReleaseDatagrams,
    Reset,
    Resolve,
    Returned,
    Secured,
    SignalProgram,
    StartProgram,
    StopListening,
    ToJudge,
    ToSandbox,
)
from grader.boundary.peer import Peer
from grader.boundary.streams import Port, pass_on
from grader.simulation import Machine, Network, Programs, SimulatedLoop
from grader.simulation.network import (
    LOCALHOST,
    DatagramReceiver,
    Listener,
    connected_transport,
    refused,
    taken,
    unknown_host,
)
from grader.simulation.patches import on_event_loop
from grader.simulation.programs import Started
from grader.simulation.transports import Address, Inlet, StreamTransport

#: Called with the judge's answer to a request.
OnDone = Callable[[Done], None]


class SandboxMachine(Machine):
    """A machine whose clock belongs to the judge.

    `inspect` says which tasks wait, `examine` what there is to be said when the test has failed.
    """

    def __init__(self, channel: Channel[FrameToJudge, FrameToSandbox], *, seed: int) -> None:
        super().__init__(seed=seed)
        self.peer: Peer
        self.loop: SimulatedLoop
        self.inspect: Callable[[], Inspection] = lambda: Inspection(())
        self.examine: Callable[[bool], Examination] = lambda stuck: Examination(())
        self._channel = channel
        self._outbox: list[ToJudge] = []
        self._requests: dict[int, tuple[asyncio.Future[Done], OnDone]] = {}
        self._loops: dict[int, asyncio.AbstractEventLoop] = {}
        self._request_numbers = 0
        self._streams: dict[int, Inlet] = {}
        self._stream_loops: dict[int, asyncio.AbstractEventLoop] = {}
        self._stream_numbers = 0
        self._exits: dict[int, Callable[[int], None]] = {}
        self.network: JudgesNetwork = JudgesNetwork(self)
        self.programs: JudgesPrograms = JudgesPrograms(self)

    # -- turns ------------------------------------------------------------------------------------

    def advance(self, deadline: float | None) -> None:
        """Give the turn to the judge; return when it comes back, with a later time or with messages."""
        messages, self._outbox = tuple(self._outbox), []
        self._channel.send(Idle(deadline, messages))
        while True:
            frame = self._channel.receive()
            if isinstance(frame, Go):
                self.now = frame.now
                for message in frame.messages:
                    self._deliver(message)
                return
            self._serve(frame)

    def _serve(self, frame: FrameToSandbox) -> None:
        if isinstance(frame, Ask):
            self.now = frame.now
            self._channel.send(Answer(self.peer.answer(frame.call)))
        elif isinstance(frame, Inspect):
            self._channel.send(self.inspect())
        elif isinstance(frame, Examine):
            self._channel.send(self.examine(frame.stuck))

    def _deliver(self, message: ToSandbox) -> None:
        if not self.peer.settles_blocking(message):
            loop = self._loop_for(message)
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._take, message)

    def _loop_for(self, message: ToSandbox) -> asyncio.AbstractEventLoop:
        """The loop that a message concerns: threads of the submission may run loops of their own."""
        if isinstance(message, (Done, Failed)):
            return self._loops.get(message.id, self.loop)
        if isinstance(message, Accepted):
            loop = self._stream_loops[message.stream] = self._loops.get(message.listener, self.loop)
            return loop
        if isinstance(message, Datagram):
            return self._loops.get(message.receiver, self.loop)
        if isinstance(message, ProgramEnded):
            return self._loops.get(message.program, self.loop)
        if isinstance(message, (Data, Eof, Closed, Reset, Consumed, Secured)):
            return self._stream_loops.get(message.stream, self.loop)
        if isinstance(message, (Returned, Raised, Cancelled)):
            return self.peer.loop_of(message.id) or self.loop
        # Calls of the test, and their cancellation; their numbers have nothing to do with those of our own calls.
        return self.loop

    def _take(self, message: ToSandbox) -> None:
        if isinstance(message, (Done, Failed)):
            self._settle(message)
        elif isinstance(message, Accepted):
            self.network.accepted(message)
        elif isinstance(message, Datagram):
            self.network.datagram(message)
        elif isinstance(message, ProgramEnded):
            self._exits[message.program](message.returncode)
        elif isinstance(message, (Data, Eof, Closed, Reset, Consumed, Secured)):
            pass_on(self._streams[message.stream], message)
        else:
            self.peer.receive(message)

    # -- the peer's link ----------------------------------------------------------------------------

    def post(self, message: ToJudge) -> None:
        """Send `message` with the next turn."""
        self._outbox.append(message)

    def take_notes(self) -> tuple[Note, ...]:
        """The notes that have not been sent yet; they are sent in another way."""
        notes = tuple(message for message in self._outbox if isinstance(message, Note))
        self._outbox = [message for message in self._outbox if not isinstance(message, Note)]
        return notes

    def ask(self, call: Call) -> Outcome:
        """Have the judge do something at once."""
        self._channel.send(Ask(self.now, call))
        while True:
            frame = self._channel.receive()
            if isinstance(frame, Answer):
                return frame.outcome
            self._serve(frame)

    def block(self, ready: Callable[[], bool]) -> None:
        """Stop the calling thread until `ready()`; an event loop on it stands still."""
        self.wait_blocking(ready, on_loop=on_event_loop())

    # -- requests and streams --------------------------------------------------------------------------

    def number(self) -> int:
        """A number for a request, a listener, a receiver or a program."""
        self._request_numbers += 1
        return self._request_numbers

    async def request(self, message: ToJudge, number: int, on_done: OnDone = lambda done: None) -> Done:
        """Post a request and wait for the judge's answer; `on_done` comes before whatever follows the answer."""
        loop = self._loops[number] = asyncio.get_running_loop()
        future: asyncio.Future[Done] = loop.create_future()
        self._requests[number] = future, on_done
        self.post(message)
        try:
            return await future
        finally:
            del self._requests[number]

    def _settle(self, message: Done | Failed) -> None:
        if message.id not in self._requests:
            return
        future, on_done = self._requests[message.id]
        if future.done():
            return
        if isinstance(message, Done):
            on_done(message)
            future.set_result(message)
        else:
            future.set_exception(_Refused(message.kind))

    def new_stream(self, inlet: Inlet) -> tuple[int, Port]:
        """Number a stream whose end here is `inlet`; return the number and the judge's end."""
        self._stream_numbers += 1
        self._stream_loops[self._stream_numbers] = asyncio.get_running_loop()
        return self._stream_numbers, self.open_stream(self._stream_numbers, inlet)

    def open_stream(self, number: int, inlet: Inlet) -> Port:
        """A stream that the judge has numbered."""
        self._streams[number] = inlet
        return Port(self.post, number)

    def on_program_exit(self, program: int, on_exit: Callable[[int], None]) -> None:
        """Call `on_exit` with the status of `program` when it ends."""
        self._exits[program] = on_exit


class _Refused(Exception):
    """The judge said no; the argument is the kind of `Failed`."""


class JudgesNetwork(Network):
    """The judge's network, reached over the boundary."""

    def __init__(self, machine: SandboxMachine) -> None:
        super().__init__()
        self._machine = machine
        self._own: dict[Address, int] = {}
        self._accepting: dict[int, tuple[Listener, Address]] = {}
        self._receiving: dict[int, tuple[DatagramReceiver, Address]] = {}

    async def resolve(self, host: str) -> str:
        known = self.address_of(host)
        if known is None:
            number = self._machine.number()
            try:
                known = (await self._machine.request(Resolve(number, host), number)).host
            except _Refused:
                raise unknown_host(host) from None
            self._names[host.lower().rstrip(".")] = known
        return known

    async def dial(self, loop: SimulatedLoop, address: Address) -> StreamTransport:
        sockname = (LOCALHOST, self.free_port())
        transport = connected_transport(loop, sockname, address)
        stream, transport.outlet = self._machine.new_stream(transport)
        number = self._machine.number()
        try:
            await self._machine.request(Dial(number, stream, address[0], address[1], sockname[1]), number)
        except _Refused:
            raise refused(address) from None
        except asyncio.CancelledError:
            transport.outlet.closed()
            raise
        return transport

    async def listen(self, host: str | None, port: int, listener: Listener) -> Address:
        number = self._machine.number()

        def listening(done: Done) -> None:
            # A connection may follow at once, before the caller wakes up.
            self._own[done.host, done.port] = number
            self._accepting[number] = (listener, (done.host, done.port))

        try:
            done = await self._machine.request(Listen(number, number, host, port), number, listening)
        except _Refused:
            raise taken((host or "0.0.0.0", port)) from None
        return done.host, done.port

    def stop_listening(self, address: Address) -> None:
        number = self._own.pop(address, None)
        if number is not None:
            self._machine.post(StopListening(number))

    def accepted(self, message: Accepted) -> None:
        """The judge has opened a connection to one of our listeners."""
        listener, address = self._accepting[message.listener]
        relay = Relay()
        port = self._machine.open_stream(message.stream, relay)
        if address in self._own:
            relay.inlet = listener.accept(port, (message.peer_host, message.peer_port), address)
        else:
            port.reset()

    async def bind_datagrams(self, host: str | None, port: int, receiver: DatagramReceiver) -> Address:
        number = self._machine.number()

        def bound(done: Done) -> None:
            self._receiving[number] = (receiver, (done.host, done.port))

        try:
            done = await self._machine.request(BindDatagrams(number, number, host, port), number, bound)
        except _Refused:
            raise taken((host or "0.0.0.0", port)) from None
        return done.host, done.port

    def release_datagrams(self, address: Address) -> None:
        for number, (_, bound) in list(self._receiving.items()):
            if bound == address:
                del self._receiving[number]
                self._machine.post(ReleaseDatagrams(number))

    def datagram(self, message: Datagram) -> None:
        """A datagram for one of our endpoints."""
        if message.receiver in self._receiving:
            receiver, _ = self._receiving[message.receiver]
            receiver(message.chunk, (message.host, message.port))

    def send_datagram(self, loop: SimulatedLoop, data: bytes, source: Address, target: Address) -> None:
        for number, (_, bound) in self._receiving.items():
            if bound == source:
                self._machine.post(Datagram(number, target[0], target[1], data))
                return


class Relay:
    """An end of a stream that is not known yet when the stream gets its number."""

    def __init__(self) -> None:
        self.inlet: Inlet | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inlet, name) if self.inlet is not None else lambda *args: None


class JudgesPrograms(Programs):
    """The judge's programs, started over the boundary."""

    def __init__(self, machine: SandboxMachine) -> None:
        super().__init__()
        self._machine = machine

    async def start(
        self,
        loop: SimulatedLoop,
        argv: Sequence[str],
        streams: Mapping[int, Inlet],
        on_exit: Callable[[int], None],
        *,
        shell: bool = False,
    ) -> Started:
        machine, program = self._machine, self._machine.number()
        numbers, ports = [0, 0, 0], {}
        for fd, inlet in streams.items():
            if fd == 2 and streams.get(1) is inlet:
                numbers[2] = numbers[1]
            else:
                numbers[fd], ports[fd] = machine.new_stream(inlet)
        machine.on_program_exit(program, on_exit)
        message = StartProgram(program, program, tuple(argv), shell, (numbers[0], numbers[1], numbers[2]))
        try:
            done = await machine.request(message, program)
        except _Refused:
            name = argv[0].split()[0] if shell else argv[0]
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name) from None
        except asyncio.CancelledError:
            machine.post(SignalProgram(program, 9))
            raise
        return Started(done.port, ports, lambda signum: machine.post(SignalProgram(program, signum)))
