"""TCP and UDP in memory behave as over a real network."""

import asyncio
import socket

import pytest

from grader.simulation import SimulatedLoop


def now():
    return asyncio.get_running_loop().time()


def network():
    return asyncio.get_running_loop().network


async def connected(host="peer.test", port=9):
    """(client's reader, client's writer, server's reader, server's writer, server)."""
    arrived = asyncio.get_running_loop().create_future()
    server = await asyncio.start_server(lambda *streams: arrived.set_result(streams), host, port)
    client = await asyncio.open_connection(host, port)
    return (*client, *await arrived, server)


async def test_streams_carry_bytes_both_ways():
    """What one end writes, the other one reads."""
    reader, writer, peer_reader, peer_writer, _ = await connected()
    writer.write(b"question\n")
    assert await peer_reader.readline() == b"question\n"
    peer_writer.writelines([b"ans", b"wer"])

    assert await reader.readexactly(6) == b"answer"
    assert now() == 0


async def test_addresses_are_known_to_both_ends():
    """Each end knows its own address and that of the other."""
    _, writer, _, peer_writer, server = await connected()

    assert writer.get_extra_info("peername") == peer_writer.get_extra_info("sockname")
    assert writer.get_extra_info("sockname") == peer_writer.get_extra_info("peername")
    assert writer.get_extra_info("socket").getpeername() == writer.get_extra_info("peername")
    assert writer.get_extra_info("socket").family == socket.AF_INET
    assert server.sockets[0].getsockname() == peer_writer.get_extra_info("sockname")


async def test_a_half_closed_stream_still_reads():
    """After `write_eof` the other end reads to the end, and can still answer."""
    reader, writer, peer_reader, peer_writer, _ = await connected()
    writer.write(b"all of it")
    writer.write_eof()
    assert await peer_reader.read() == b"all of it"
    peer_writer.write(b"thanks")
    peer_writer.close()

    assert await reader.read() == b"thanks"


async def test_a_writer_stops_while_nobody_reads():
    """`drain` holds a writer back until the other end reads."""
    _, writer, peer_reader, _peer_writer, _ = await connected()
    sent = []

    async def send():
        for n in range(100):
            writer.write(bytes(10_000))
            await writer.drain()
            sent.append(n)
        writer.close()

    task = asyncio.create_task(send())
    await asyncio.sleep(10)
    held_at = len(sent)
    received = await peer_reader.read()
    await task

    assert held_at < 40
    assert len(received) == 1_000_000


async def test_pausing_a_transport_holds_data_back():
    """`pause_reading` keeps data from the protocol until `resume_reading`."""
    reader, writer, _, peer_writer, _ = await connected()
    writer.transport.pause_reading()
    peer_writer.write(b"later")
    await asyncio.sleep(1)
    assert not reader._buffer
    assert not writer.transport.is_reading()
    writer.transport.resume_reading()

    assert await reader.read(100) == b"later"


async def test_close_sends_what_was_written():
    """Closing a writer loses nothing of what it has written, however much."""
    reader, writer, peer_reader, _peer_writer, _ = await connected()
    writer.write(bytes(1_000_000))
    writer.close()
    assert len(await peer_reader.read()) == 1_000_000
    await writer.wait_closed()

    assert writer.is_closing()


async def test_abort_drops_what_was_written():
    """An aborted writer does not send what waits to be sent."""
    reader, writer, peer_reader, _peer_writer, _ = await connected()
    writer.write(bytes(1_000_000))
    writer.transport.abort()

    try:
        received = await peer_reader.read()
    except ConnectionResetError:
        received = b""
    assert len(received) < 1_000_000


async def test_a_reset_is_an_error_at_the_other_end():
    """`reset_connection` makes the other end's read raise ConnectionResetError."""
    _, writer, peer_reader, _peer_writer, _ = await connected()
    asyncio.get_running_loop().call_later(2, writer.transport.reset_connection)

    with pytest.raises(ConnectionResetError):
        await peer_reader.read()
    assert now() == 2


async def test_a_port_where_nobody_listens_refuses():
    """A connection to a closed port raises ConnectionRefusedError with the address in its text."""
    network().name("peer.test")

    with pytest.raises(ConnectionRefusedError, match="9"):
        await asyncio.open_connection("peer.test", 9)


async def test_an_unknown_name_is_not_found():
    """A name without an address raises socket.gaierror."""
    with pytest.raises(socket.gaierror, match=r"nobody\.test"):
        await asyncio.open_connection("nobody.test", 9)


@pytest.mark.parametrize("listening", ["localhost", "127.0.0.1", None, "0.0.0.0", "::1"])
@pytest.mark.parametrize("calling", ["localhost", "127.0.0.1"])
async def test_localhost_has_many_names(listening, calling):
    """A server on this machine is found under each of its names."""
    arrived = asyncio.Event()
    await asyncio.start_server(lambda *_: arrived.set(), listening, 9)
    await asyncio.open_connection(calling, 9)

    await arrived.wait()


async def test_port_zero_is_a_free_port():
    """A server that asks for port 0 gets one of its own."""
    first = await asyncio.start_server(print, "localhost", 0)
    second = await asyncio.start_server(print, "localhost", 0)
    ports = [server.sockets[0].getsockname()[1] for server in (first, second)]

    assert 0 not in ports
    assert ports[0] != ports[1]


async def test_an_address_belongs_to_one_server():
    """A second server at the same address raises OSError; after the first has closed, it may."""
    first = await asyncio.start_server(print, "peer.test", 9)
    with pytest.raises(OSError, match="address already in use"):
        await asyncio.start_server(print, "peer.test", 9)
    first.close()
    second = await asyncio.start_server(print, "peer.test", 9)

    assert second.is_serving()


async def test_a_closed_server_refuses_and_keeps_its_connections():
    """After `close` new connections are refused, and open ones live on."""
    reader, _writer, _, peer_writer, server = await connected()
    server.close()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("peer.test", 9)
    peer_writer.write(b"still here\n")

    assert await reader.readline() == b"still here\n"
    assert not server.is_serving()


async def test_wait_closed_waits_for_the_last_connection():
    """`wait_closed` returns when the last connection has ended."""
    _, writer, _, peer_writer, server = await connected()
    server.close()
    asyncio.get_running_loop().call_later(5, peer_writer.close)
    await server.wait_closed()

    assert now() == 5


async def test_serve_forever_ends_when_cancelled():
    """`serve_forever` serves until it is cancelled, then closes the server."""
    server = await asyncio.start_server(print, "peer.test", 9)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(3):
            await server.serve_forever()

    assert not server.is_serving()
    assert now() == 3


async def test_leaving_a_server_closes_it():
    """`async with server` closes the server at its end."""
    async with await asyncio.start_server(print, "peer.test", 9) as server:
        assert server.is_serving()

    assert not server.is_serving()


async def test_a_server_can_start_later():
    """With `start_serving=False` a server takes connections once it is told to."""
    server = await asyncio.start_server(print, "peer.test", 9, start_serving=False)
    network().name("peer.test")
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("peer.test", 9)
    await server.start_serving()
    await asyncio.open_connection("peer.test", 9)


async def test_writing_to_a_closed_peer_breaks():
    """A writer whose peer has gone gets BrokenPipeError or ConnectionResetError before long."""
    _, writer, _, peer_writer, _ = await connected()
    peer_writer.close()

    with pytest.raises((BrokenPipeError, ConnectionResetError)):
        for _ in range(10):
            writer.write(b"anybody?")
            await writer.drain()
            await asyncio.sleep(1)


async def test_a_peer_that_closes_frees_a_held_writer():
    """A writer that waits in `drain` is woken by an error when its peer closes."""
    _, writer, _, peer_writer, _ = await connected()
    asyncio.get_running_loop().call_later(3, peer_writer.transport.abort)

    with pytest.raises((BrokenPipeError, ConnectionResetError)):
        while True:
            writer.write(bytes(100_000))
            await writer.drain()
    assert now() == 3


async def test_a_stream_that_ends_early_is_incomplete():
    """`readexactly` and `readuntil` raise IncompleteReadError with what came."""
    reader, _writer, _, peer_writer, _ = await connected()
    peer_writer.write(b"only")
    peer_writer.close()

    with pytest.raises(asyncio.IncompleteReadError) as caught:
        await reader.readexactly(10)
    assert caught.value.partial == b"only"


async def test_a_failing_handler_is_reported_and_closes():
    """An exception in a server's handler reaches the loop's exception handler."""
    reported = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: reported.append(context["exception"]))

    async def fail(reader, writer):
        raise ValueError("handler failed")

    await asyncio.start_server(fail, "peer.test", 9)
    reader, _ = await asyncio.open_connection("peer.test", 9)
    await asyncio.sleep(1)

    assert [str(exc) for exc in reported] == ["handler failed"]
    assert await reader.read() == b""


async def test_latency_delays_each_direction():
    """With a latency of 50 ms, an echo takes 100 ms and connecting as long."""
    network().latency = 0.05

    async def echo(reader, writer):
        while line := await reader.readline():
            writer.write(line)

    await asyncio.start_server(echo, "peer.test", 9)
    reader, writer = await asyncio.open_connection("peer.test", 9)
    assert now() == 0.1
    writer.write(b"hello\n")
    assert await reader.readline() == b"hello\n"

    assert now() == 0.2


async def test_latency_keeps_the_order():
    """Data arrives in the order in which it was sent, even when the latency shrinks."""
    network().latency = 1
    reader, writer, peer_reader, _peer_writer, _ = await connected()
    for n in range(10):
        writer.write(b"%d" % n)
        await asyncio.sleep(0.1)
    writer.close()

    assert await peer_reader.read() == b"0123456789"


async def test_two_loops_with_latency_speak_to_each_other():
    """Latency holds between two loops on one machine as well."""
    machine = asyncio.get_running_loop().machine
    machine.network.latency = 0.5

    async def serve():
        async def answer(reader, writer):
            writer.write(await reader.readline())
            writer.close()

        async with await asyncio.start_server(answer, "peer.test", 9):
            await asyncio.sleep(10)

    def other_loop():
        with asyncio.Runner(loop_factory=lambda: SimulatedLoop(machine)) as runner:
            runner.run(serve())

    server = asyncio.create_task(asyncio.to_thread(other_loop))
    await asyncio.sleep(1)
    reader, writer = await asyncio.open_connection("peer.test", 9)
    writer.write(b"hello\n")
    assert await reader.read() == b"hello\n"
    assert now() == 3
    writer.close()
    await server


async def test_start_tls_changes_the_protocol_and_keeps_the_stream():
    """`StreamWriter.start_tls` passes the stream off as TLS."""
    reader, writer, peer_reader, _peer_writer, _ = await connected()
    await writer.start_tls(object())
    writer.write(b"secret\n")

    assert await peer_reader.readline() == b"secret\n"
    assert writer.get_extra_info("sslcontext") is not None
    assert not writer.can_write_eof()


class Datagrams(asyncio.DatagramProtocol):
    """Keeps what it receives; answers when told to."""

    def __init__(self, answer=None):
        self.received = []
        self.answer = answer
        self.lost = False

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, source):
        self.received.append((now(), data))
        if self.answer is not None:
            self.transport.sendto(self.answer, source)

    def connection_lost(self, exc):
        self.lost = True


async def test_datagrams_are_answered():
    """A datagram reaches its address, and the answer comes back to its sender."""
    network().latency = 0.5
    loop = asyncio.get_running_loop()
    _, server = await loop.create_datagram_endpoint(lambda: Datagrams(b"pong"), local_addr=("peer.test", 53))
    _, client = await loop.create_datagram_endpoint(Datagrams, remote_addr=("peer.test", 53))
    client.transport.sendto(b"ping")
    await asyncio.sleep(2)

    assert server.received == [(0.5, b"ping")]
    assert client.received == [(1, b"pong")]


async def test_datagrams_to_nobody_are_lost():
    """Datagrams to an address where nobody receives vanish without an error."""
    network().name("peer.test")
    loop = asyncio.get_running_loop()
    _, client = await loop.create_datagram_endpoint(Datagrams, remote_addr=("peer.test", 53))
    client.transport.sendto(b"ping")
    await asyncio.sleep(2)
    client.transport.close()
    await asyncio.sleep(0)

    assert client.received == []
    assert client.lost


async def test_a_closed_endpoint_frees_its_address():
    """After a datagram endpoint has closed, another one may have its address."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Datagrams, local_addr=("peer.test", 53))
    with pytest.raises(OSError, match="address already in use"):
        await loop.create_datagram_endpoint(Datagrams, local_addr=("peer.test", 53))
    transport.close()

    await loop.create_datagram_endpoint(Datagrams, local_addr=("peer.test", 53))


async def test_names_are_resolved():
    """`getaddrinfo` and `getnameinfo` know the names of the simulated network and no others."""
    loop = asyncio.get_running_loop()
    address = network().name("peer.test")

    found = await loop.getaddrinfo("peer.test", 80, type=socket.SOCK_STREAM)
    assert found == [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, 80))]
    assert await loop.getnameinfo((address, 80)) == (address, "80")
    with pytest.raises(socket.gaierror):
        await loop.getaddrinfo("nobody.test", 80)


async def test_buffered_protocols_are_fed():
    """A `BufferedProtocol` receives into its own buffer."""
    loop = asyncio.get_running_loop()

    class Into(asyncio.BufferedProtocol):
        def __init__(self):
            self.buffer, self.received = bytearray(10), b""

        def get_buffer(self, sizehint):
            return self.buffer

        def buffer_updated(self, size):
            self.received += self.buffer[:size]

    await asyncio.start_server(lambda reader, writer: writer.write(bytes(range(25))), "peer.test", 9)
    _, protocol = await loop.create_connection(Into, "peer.test", 9)
    await asyncio.sleep(1)

    assert protocol.received == bytes(range(25))


async def test_reprs_tell_the_state():
    """Network, server, transport and socket say what they are."""
    _, writer, _, _peer_writer, server = await connected()

    assert repr(network()) == "<Network: 1 names, 1 listening>"
    assert repr(server) == "<Server serving: 1 open>"
    assert repr(writer.transport) == "<StreamTransport open: 0 bytes to send, 0 under way>"
    assert repr(writer.get_extra_info("socket")).startswith("<simulated socket ('127.0.0.1'")
