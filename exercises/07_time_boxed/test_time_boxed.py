"""Examples: run them with ``pytest exercises/07_time_boxed``."""

import asyncio

import pytest

FERRIES = [f"https://ferries.test/company-{number}" for number in range(1, 5)]


def requests(http, method):
    """When each request arrived and when it ended, in order."""
    return [(request.arrived, request.ended) for request in http.log if request.method == method]


@pytest.mark.correctness
async def test_late_price_is_replaced(student, sandbox, http):
    """A price that arrives within two seconds is returned; a later one is replaced by the default."""
    fast, slow = FERRIES[:2]
    http.get(fast, payload={"price": 12.5}, latency=1)
    http.get(slow, payload={"price": 8.0}, latency=60)
    http.delete(slow)
    session = await sandbox.session()

    assert await student.quote_or_default(session, fast, 2, 20.0) == 12.5
    assert await student.quote_or_default(session, slow, 2, 20.0) == 20.0


@pytest.mark.concurrency
async def test_timetable(student, sandbox, http):
    """Four companies are asked as in the timetable of the README."""
    for url, latency in zip(FERRIES, [1, 9, 4, 1]):
        http.get(url, payload={"price": 12.5}, latency=latency)
        http.delete(url, latency=0.5)

    prices = await student.quotes_within(await sandbox.session(), FERRIES, each=2, total=5)

    assert requests(http, "GET") == [(0, 1), (1, 3), (3.5, 5)]
    assert requests(http, "DELETE") == [(3, 3.5), (5, 5.5)]
    assert asyncio.get_running_loop().time() == 5.5
    assert prices == [12.5, None, None, None]


@pytest.mark.cancellation
async def test_cancelling_is_no_reason_for_the_default(student, sandbox, http):
    """When the customer leaves, the question is withdrawn, and nothing is returned."""
    http.get(FERRIES[0], payload={"price": 12.5}, latency=60)
    http.delete(FERRIES[0], latency=0.5)

    call = asyncio.create_task(student.quote_or_default(await sandbox.session(), FERRIES[0], 2, 20.0))
    await asyncio.sleep(1)
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    assert requests(http, "DELETE") == [(1, 1.5)]
