"""Examples: run them with ``pytest exercises/04_first_fetch``."""

import asyncio

import aiohttp
import pytest

PAGES = {"https://tides.test/goa": 1, "https://tides.test/kochi": 3, "https://tides.test/puri": 2}


@pytest.mark.correctness
async def test_bad_status_is_raised(student, sandbox, http):
    """A status of 400 or more makes `fetch` raise ClientResponseError."""
    http.get("https://tides.test/goa", status=404, body="no such harbour")

    with pytest.raises(aiohttp.ClientResponseError):
        await student.fetch(await sandbox.session(), "https://tides.test/goa")


@pytest.mark.concurrency
async def test_timetable(student, http):
    """Three pages are fetched at the same time, as in the timetable of the README."""
    for url, latency in PAGES.items():
        http.get(url, body=url, latency=latency)

    pages = await student.main(list(PAGES))

    assert pages == list(PAGES)
    assert [request.arrived for request in http.log] == [0, 0, 0]
    assert sorted(request.ended for request in http.log) == [1, 2, 3]
    assert asyncio.get_running_loop().time() == 3


@pytest.mark.cancellation
async def test_cancelling_abandons_the_requests(student, http):
    """When `main` is cancelled, no request goes on."""
    for url in PAGES:
        http.get(url, body="tides", latency=60)

    call = asyncio.create_task(student.main(list(PAGES)))
    await asyncio.sleep(1)
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    assert http.in_flight == 0, "Requests are still running."
