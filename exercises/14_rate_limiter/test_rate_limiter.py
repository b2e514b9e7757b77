"""Examples: run them with ``pytest exercises/14_rate_limiter``."""

import asyncio

import pytest

WORDS = [f"https://dictionary.test/words/{number}" for number in range(5)]


async def look_up(student, session, limiter, url, moment):
    """Ask for a word at that moment."""
    await asyncio.sleep(moment)
    return await student.fetch(session, limiter, url)


@pytest.mark.concurrency
async def test_timetable(student, sandbox, http):
    """The requests are sent at the times of the README's timetable."""
    for url in WORDS:
        http.get(url, body="a word")
    session, limiter = await sandbox.session(), student.RateLimiter(2, 4.0)

    called = zip(WORDS, [0, 3, 3.25, 3.5, 9])
    await asyncio.gather(*(look_up(student, session, limiter, url, moment) for url, moment in called))

    assert [request.arrived for request in http.log] == [0, 3, 4, 7, 9]


@pytest.mark.correctness
async def test_five_calls_at_once(student, sandbox, http):
    """Of five calls at the same moment, no more than two are granted in any second."""
    for url in WORDS:
        http.get(url, body="a word")
    session, limiter = await sandbox.session(), student.RateLimiter(2, 1.0)

    await asyncio.gather(*(student.fetch(session, limiter, url) for url in WORDS))

    sent = [request.arrived for request in http.log]
    assert [later - earlier >= 1.0 for earlier, later in zip(sent, sent[2:])] == [True, True, True]


@pytest.mark.cancellation
async def test_cancelled_call_gives_its_place_to_the_next(student, sandbox, http):
    """When a call that waits is cancelled, the call behind it is granted in its place."""
    for url in WORDS:
        http.get(url, body="a word")
    session, limiter = await sandbox.session(), student.RateLimiter(1, 2.0)

    first, second, third = [asyncio.create_task(look_up(student, session, limiter, WORDS[n], n / 4)) for n in range(3)]
    await asyncio.sleep(1)
    second.cancel()
    await asyncio.gather(first, third)

    assert [(request.url.name, request.arrived) for request in http.log] == [("0", 0), ("2", 2)]
