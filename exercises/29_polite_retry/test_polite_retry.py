"""Examples: run them with ``pytest exercises/29_polite_retry``."""

import asyncio

import aiohttp
import pytest

FORECAST = "https://weather.test/forecast"


@pytest.mark.concurrency
async def test_timetable(student, sandbox, http):
    """The attempts start at the times of the README's timetable."""
    http.get(FORECAST, status=503)
    http.get(FORECAST, status=503, headers={"Retry-After": "5"})
    http.get(FORECAST, exception=aiohttp.ServerDisconnectedError())
    http.get(FORECAST, body="sunny")
    session = await sandbox.session()

    body = await student.get_with_retry(session, FORECAST, student.Policy(base=2.0), rng=lambda: 0.5)

    assert body == b"sunny"
    assert [request.arrived for request in http.log] == [0, 1, 6, 10]


@pytest.mark.correctness
async def test_missing_page_is_not_tried_again(student, sandbox, http):
    """A status that will not change is raised at once."""
    http.get(FORECAST, status=404, repeat=True)

    with pytest.raises(aiohttp.ClientResponseError) as caught:
        await student.get_with_retry(await sandbox.session(), FORECAST, student.Policy())
    assert caught.value.status == 404
    assert len(http.log) == 1


@pytest.mark.cancellation
async def test_slow_attempt_is_abandoned(student, sandbox, http):
    """An attempt that takes longer than the timeout is cancelled, and the next one follows."""
    http.get(FORECAST, body="too late", latency=60)
    http.get(FORECAST, body="sunny")
    policy = student.Policy(timeout=2.0)

    assert await student.get_with_retry(await sandbox.session(), FORECAST, policy, rng=lambda: 1.0) == b"sunny"

    assert http.log[0].ended == 2.0
    assert asyncio.get_running_loop().time() == 3.0
