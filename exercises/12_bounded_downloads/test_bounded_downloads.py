"""Examples: run them with ``pytest exercises/12_bounded_downloads``."""

import asyncio

import pytest

POSTERS = [f"https://museum.test/posters/{number}" for number in range(4)]


@pytest.mark.correctness
async def test_bodies_come_in_the_order_of_the_urls(student, sandbox, http):
    """The bodies are in the order of the URLs, whichever arrives first."""
    for number, url in enumerate(POSTERS):
        http.get(url, body=f"poster {number}", latency=4 - number)
    session = await sandbox.session()

    bodies = await student.download_all(session, POSTERS, limit=4)

    assert bodies == [b"poster 0", b"poster 1", b"poster 2", b"poster 3"]


@pytest.mark.concurrency
async def test_timetable(student, sandbox, http):
    """With a limit of 2, four downloads go as in the timetable of the README."""
    for url, latency in zip(POSTERS, [2, 1, 1, 1]):
        http.get(url, body="poster", latency=latency)
    session = await sandbox.session()

    await student.download_all(session, POSTERS, limit=2)

    assert http.peak_in_flight <= 2, "Too many downloads were running at once."
    assert [request.arrived for request in http.log] == [0, 0, 1, 2]
    assert asyncio.get_running_loop().time() == 3.0


@pytest.mark.cancellation
async def test_cancelling_abandons_the_downloads(student, sandbox, http):
    """When the caller is cancelled, no download goes on."""
    for url in POSTERS:
        http.get(url, body="poster", latency=60)
    session = await sandbox.session()

    call = asyncio.create_task(student.download_all(session, POSTERS, limit=2))
    await asyncio.sleep(1)
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    assert http.in_flight == 0, "Downloads are still running."
