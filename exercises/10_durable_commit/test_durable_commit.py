"""Examples: run them with ``pytest exercises/10_durable_commit``."""

import asyncio

import aiohttp
import pytest

THEATRE = "https://puppets.test"
SEATS = f"{THEATRE}/seats"
CHARGE = f"{THEATRE}/seats/12/charge"
SEAT = f"{THEATRE}/seats/12"


def requests(http):
    """When each request arrived and when it ended, in order."""
    return [(f"{request.method} {request.url.path}", request.arrived, request.ended) for request in http.log]


@pytest.mark.correctness
async def test_failed_charge_releases_the_seat(student, sandbox, http):
    """When the card is refused, the seat is released, and the refusal is raised."""
    http.post(SEATS, payload={"seat": "12"})
    http.post(CHARGE, status=402)
    http.delete(SEAT)

    with pytest.raises(aiohttp.ClientResponseError) as caught:
        await student.place_order(await sandbox.session(), THEATRE)

    assert caught.value.status == 402
    assert [request.method for request in http.log] == ["POST", "POST", "DELETE"]


@pytest.mark.concurrency
async def test_receipt_is_returned_when_it_arrives(student, sandbox, http):
    """The charge starts when the seat is reserved, and the receipt is returned when it arrives."""
    http.post(SEATS, payload={"seat": "12"}, latency=1)
    http.post(CHARGE, payload={"receipt": "paid"}, latency=3)

    receipt = await student.place_order(await sandbox.session(), THEATRE)

    assert receipt == "paid"
    assert requests(http) == [("POST /seats", 0, 1), ("POST /seats/12/charge", 1, 4)]
    assert asyncio.get_running_loop().time() == 4.0


@pytest.mark.cancellation
async def test_timetable(student, sandbox, http):
    """A customer who leaves while the card is charged, in vain, is served as in the timetable of the README."""
    http.post(SEATS, payload={"seat": "12"}, latency=1)
    http.post(CHARGE, status=402, latency=3)
    http.delete(SEAT, latency=0.5)

    call = asyncio.create_task(student.place_order(await sandbox.session(), THEATRE))
    await asyncio.sleep(2)
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    assert requests(http) == [("POST /seats", 0, 1), ("POST /seats/12/charge", 1, 4), ("DELETE /seats/12", 4, 4.5)]
    assert asyncio.get_running_loop().time() == 4.5
