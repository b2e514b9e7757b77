"""Examples: run them with ``pytest exercises/23_udp_lookup``."""

import asyncio

import pytest

SERVICE = "127.0.0.1", 5300


class Radio(asyncio.DatagramProtocol):
    """A socket that notes what arrives: the moment, the text and the sender. It answers as it is told."""

    def __init__(self, answer=lambda radio, text, sender: None):
        self.heard = []
        self.answer = answer

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, sender):
        text = data.decode()
        self.heard.append((asyncio.get_running_loop().time(), text, sender))
        self.answer(self, text, sender)

    def send(self, text, receiver):
        self.transport.sendto(text.encode(), receiver)


async def open_radio(address, *args):
    """A socket at `address`."""
    loop = asyncio.get_running_loop()
    return (await loop.create_datagram_endpoint(lambda: Radio(*args), local_addr=address))[1]


@pytest.mark.correctness
async def test_answers_are_told_apart(student):
    """Two lookups at the same time each return the address in the reply that has their id."""

    def answer(radio, text, sender):
        request_id, name = text.split()
        delay = {"peak": 0.5, "lake": 0.25}[name]
        asyncio.get_running_loop().call_later(delay, radio.send, f"{request_id} address-of-{name}", sender)

    await open_radio(SERVICE, answer)
    resolver = await student.open_resolver(SERVICE)

    lookups = [resolver.resolve(name, timeout=1, attempts=1) for name in ["peak", "lake"]]
    assert await asyncio.gather(*lookups) == ["address-of-peak", "address-of-lake"]


@pytest.mark.concurrency
async def test_timetable(student):
    """A request is sent again each second, until its reply comes or three attempts have been made."""
    service = await open_radio(SERVICE)
    resolver = await student.open_resolver(SERVICE)
    time = asyncio.get_running_loop().time

    peak = asyncio.create_task(resolver.resolve("peak", timeout=1, attempts=3))
    lake = asyncio.create_task(resolver.resolve("lake", timeout=1, attempts=3))
    await asyncio.sleep(1.25)
    request_id, sender = next((text.split()[0], sender) for _, text, sender in service.heard if "peak" in text)
    service.send(f"{request_id} 10.7.0.1:80", sender)

    assert await peak == "10.7.0.1:80"
    assert time() == 1.25
    with pytest.raises(TimeoutError):
        await lake
    assert time() == 3.0
    assert [moment for moment, text, _ in service.heard if "peak" in text] == [0, 1]
    assert [moment for moment, text, _ in service.heard if "lake" in text] == [0, 1, 2]


@pytest.mark.correctness
async def test_server_answers(student):
    """The server answers with what the handler returns, or with the text of its `LookupError`."""

    async def find(name):
        if name != "peak":
            raise LookupError("no such station")
        return "10.7.0.1:80"

    await student.serve_lookups(SERVICE, find, limit=5)
    asker = await open_radio(("127.0.0.1", 6000))

    asker.send("k1 peak", SERVICE)
    await asyncio.sleep(1)
    asker.send("k2 lake", SERVICE)
    await asyncio.sleep(1)

    assert [text for _, text, _ in asker.heard] == ["k1 10.7.0.1:80", "k2 ERR no such station"]


@pytest.mark.cancellation
async def test_closing_ends_the_lookups(student):
    """When the resolver is closed, the call that waits fails at that moment."""
    await open_radio(SERVICE)
    resolver = await student.open_resolver(SERVICE)

    lookup = asyncio.create_task(resolver.resolve("peak", timeout=5, attempts=3))
    await asyncio.sleep(1)
    assert resolver.pending == 1
    await resolver.aclose()

    with pytest.raises(ConnectionError):
        await lookup
    assert asyncio.get_running_loop().time() == 1.0
