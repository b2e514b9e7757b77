"""Examples: run them with ``pytest exercises/15_single_flight``."""

import asyncio

import aiohttp
import pytest

FRONT_PAGE = "https://news.test/front"


def now():
    return asyncio.get_running_loop().time()


@pytest.mark.concurrency
async def test_many_readers_one_load(student, sandbox, http):
    """Six calls at the same moment share one load."""
    http.get(FRONT_PAGE, body="headlines", latency=1, repeat=True)
    cache = student.SingleFlightCache(await sandbox.session(), 10.0)

    pages = await asyncio.gather(*(cache.get(FRONT_PAGE) for _ in range(6)))

    assert len(http.log) == 1, "The page was not loaded once."
    assert pages == [b"headlines"] * 6
    assert now() == 1.0


@pytest.mark.correctness
async def test_failure_is_not_kept(student, sandbox, http):
    """After a load that failed, the next call loads anew."""
    http.get(FRONT_PAGE, status=503)
    http.get(FRONT_PAGE, body="headlines")
    cache = student.SingleFlightCache(await sandbox.session(), 10.0)

    with pytest.raises(aiohttp.ClientResponseError):
        await cache.get(FRONT_PAGE)
    assert await cache.get(FRONT_PAGE) == b"headlines"


@pytest.mark.cancellation
async def test_timetable(student, sandbox, http):
    """Two loads are sent, at the times of the README's timetable, and the second is cancelled."""
    http.get(FRONT_PAGE, body="headlines", latency=1, repeat=True)
    cache = student.SingleFlightCache(await sandbox.session(), 10.0)

    async def call(moment):
        await asyncio.sleep(moment)
        await cache.get(FRONT_PAGE)
        return now()

    first, second, third, fourth = [asyncio.create_task(call(moment)) for moment in (0, 0.25, 10.5, 11.5)]
    await asyncio.sleep(0.5)
    first.cancel()
    returned = [await second, await third]
    await asyncio.sleep(12 - now())
    fourth.cancel()
    await asyncio.wait([fourth])

    loads = [(request.arrived, request.ended, request.how) for request in http.log]
    assert loads == [(0, 1, "answered"), (11.5, 12, "cancelled")]
    assert returned == [1, 10.5]
    assert first.cancelled() and fourth.cancelled()
