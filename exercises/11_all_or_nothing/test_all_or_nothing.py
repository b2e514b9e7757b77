"""Examples: run them with ``pytest exercises/11_all_or_nothing``."""

import asyncio

import aiohttp
import pytest

FLIGHT = "https://air.test/flight"
HOTEL = "https://rooms.test/hotel"
CAR = "https://wheels.test/car"


def requests(http, method):
    """When each request arrived and when it ended, by URL."""
    return {str(request.url): (request.arrived, request.ended) for request in http.log if request.method == method}


@pytest.mark.correctness
async def test_codes_come_in_the_order_of_the_urls(student, sandbox, http):
    """When all bookings are made, the codes are in the order of the URLs, and nothing is undone."""
    http.post(FLIGHT, payload={"code": "F1"}, latency=3)
    http.post(HOTEL, payload={"code": "H2"}, latency=1)
    http.post(CAR, payload={"code": "C3"}, latency=2)

    codes = await student.book_trip(await sandbox.session(), [FLIGHT, HOTEL, CAR])

    assert codes == ["F1", "H2", "C3"]
    assert requests(http, "DELETE") == {}


@pytest.mark.concurrency
async def test_timetable(student, sandbox, http):
    """When the hotel is full, the car is abandoned and the flight undone, at that moment."""
    http.post(FLIGHT, payload={"code": "F1"}, latency=1)
    http.post(HOTEL, status=409, latency=3)
    http.post(CAR, payload={"code": "C3"}, latency=6)
    http.delete(f"{FLIGHT}/F1", latency=2)

    with pytest.raises(aiohttp.ClientResponseError):
        await student.book_trip(await sandbox.session(), [FLIGHT, HOTEL, CAR])

    assert requests(http, "POST") == {FLIGHT: (0, 1), HOTEL: (0, 3), CAR: (0, 3)}
    assert requests(http, "DELETE") == {f"{FLIGHT}/F1": (3, 5)}
    assert asyncio.get_running_loop().time() == 5.0


@pytest.mark.cancellation
async def test_second_cancellation_does_not_stop_the_undo(student, sandbox, http):
    """Cancelled once, the flight is undone; cancelled again, it is still undone."""
    http.post(FLIGHT, payload={"code": "F1"}, latency=1)
    http.post(HOTEL, payload={"code": "H2"}, latency=6)
    http.delete(f"{FLIGHT}/F1", latency=2)

    call = asyncio.create_task(student.book_trip(await sandbox.session(), [FLIGHT, HOTEL]))
    await asyncio.sleep(3)
    call.cancel()
    await asyncio.sleep(1)
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    assert requests(http, "DELETE") == {f"{FLIGHT}/F1": (3, 5)}
