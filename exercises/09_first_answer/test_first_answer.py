"""Examples: run them with ``pytest exercises/09_first_answer``."""

import asyncio

import aiohttp
import pytest

MIRRORS = [f"https://charts.test/mirror-{number}" for number in range(1, 5)]


def requests(http, method):
    """When each request arrived and when it ended, in order."""
    return [(request.arrived, request.ended) for request in http.log if request.method == method]


@pytest.mark.concurrency
async def test_timetable(student, sandbox, http):
    """The mirrors are asked as in the timetable of the README."""
    http.get(MIRRORS[0], body="from the first", latency=9)
    http.get(MIRRORS[1], status=503, latency=1)
    http.get(MIRRORS[2], body="from the third", latency=1)
    http.get(MIRRORS[3], body="from the fourth", latency=1)
    for url in MIRRORS:
        http.delete(url, latency=0.5)

    body = await student.first_success(await sandbox.session(), MIRRORS, stagger=2)

    assert requests(http, "GET") == [(0, 4), (2, 3), (3, 4)]
    assert requests(http, "DELETE") == [(4, 4.5)]
    assert asyncio.get_running_loop().time() == 4.5
    assert body == b"from the third"


@pytest.mark.correctness
async def test_all_failures_are_raised_in_order(student, sandbox, http):
    """When every mirror fails, the exceptions come as a group, in the order of the mirrors."""
    http.get(MIRRORS[0], status=503, latency=3)
    http.get(MIRRORS[1], status=404, latency=0.5)

    with pytest.raises(ExceptionGroup) as caught:
        await student.first_success(await sandbox.session(), MIRRORS[:2], stagger=1)

    assert all(isinstance(failure, aiohttp.ClientResponseError) for failure in caught.value.exceptions)
    assert [failure.status for failure in caught.value.exceptions] == [503, 404]


@pytest.mark.cancellation
async def test_cancelling_stops_all_fetches(student, sandbox, http):
    """When the caller is cancelled, the fetches that are running are cancelled, and no mirror is asked later."""
    for url in MIRRORS:
        http.get(url, body="too late", latency=60)
        http.delete(url, latency=0.5)

    call = asyncio.create_task(student.first_success(await sandbox.session(), MIRRORS, stagger=2))
    await asyncio.sleep(3)
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    await asyncio.sleep(30)
    assert requests(http, "GET") == [(0, 3), (2, 3)]
    assert requests(http, "DELETE") == [(3, 3.5), (3, 3.5)]
