"""Examples: run them with ``pytest exercises/08_partial_results``."""

import asyncio

import aiohttp
import pytest

BRANCHES = {name: f"https://bakery.test/{name}" for name in ("north", "south", "east")}


def requests(http, method):
    """When each request arrived and when it ended, by the name of the branch."""
    return {request.url.name: (request.arrived, request.ended) for request in http.log if request.method == method}


@pytest.mark.correctness
async def test_failure_disturbs_no_other_branch(student, sandbox, http):
    """A branch that fails is in `failed`, and the others are in `ok`."""
    http.get(BRANCHES["north"], payload={"loaves": 12}, latency=2)
    http.get(BRANCHES["south"], status=503, latency=1)

    report = await student.survey(
        await sandbox.session(), {"north": BRANCHES["north"], "south": BRANCHES["south"]}, deadline=5
    )

    assert report.ok == {"north": 12}
    assert isinstance(report.failed["south"], aiohttp.ClientResponseError)
    assert report.late == set()


@pytest.mark.concurrency
async def test_timetable(student, sandbox, http):
    """The survey goes as in the timetable of the README."""
    http.get(BRANCHES["north"], payload={"loaves": 12}, latency=1)
    http.get(BRANCHES["south"], status=503, latency=2)
    http.get(BRANCHES["east"], payload={"loaves": 7}, latency=9)
    http.delete(BRANCHES["east"], latency=0.5)

    report = await student.survey(await sandbox.session(), BRANCHES, deadline=3)

    assert requests(http, "GET") == {"north": (0, 1), "south": (0, 2), "east": (0, 3)}
    assert requests(http, "DELETE") == {"east": (3, 3.5)}
    assert asyncio.get_running_loop().time() == 3.5
    assert (report.ok, set(report.failed), report.late) == ({"north": 12}, {"south"}, {"east"})


@pytest.mark.cancellation
async def test_cancelling_calls_the_counts_off(student, sandbox, http):
    """When the dashboard is closed, the counts that are running are called off."""
    http.get(BRANCHES["north"], payload={"loaves": 12}, latency=1)
    http.get(BRANCHES["south"], payload={"loaves": 9}, latency=60)
    http.get(BRANCHES["east"], payload={"loaves": 7}, latency=60)
    http.delete(BRANCHES["south"], latency=0.25)
    http.delete(BRANCHES["east"], latency=0.5)

    call = asyncio.create_task(student.survey(await sandbox.session(), BRANCHES, deadline=5))
    await asyncio.sleep(2)
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    assert requests(http, "DELETE") == {"south": (2, 2.25), "east": (2, 2.5)}
