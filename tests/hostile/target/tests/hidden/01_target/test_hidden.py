"""The hidden suite under attack: every test needs something that exists only while it runs."""

import asyncio
import random

import pytest

#: No submission may bring this line to light.
SECRET = "a-line-of-the-hidden-suite-5f1b"


def now():
    return asyncio.get_running_loop().time()


def nonce():
    return f"{random.getrandbits(64):016x}"


def words():
    return [nonce() * random.randint(1, 5) for _ in range(6)]


def routes(http, count):
    """Routes to hosts that nobody can have foreseen, as URL: (latency, body)."""
    made = {f"https://{nonce()}.test/{nonce()}": (random.randint(2, 90) / 8, nonce()) for _ in range(count)}
    for url, (latency, body) in made.items():
        http.get(url, body=body, latency=latency, repeat=True)
    return made


@pytest.mark.correctness(points=2)
async def test_weighs_each_word(student):
    """The digest is the length of each word times its weight, in order."""
    weights = {word: random.randrange(10**9) for word in words()}

    async def weigh(word):
        return weights[word]

    expected = [len(word) * weight for word, weight in weights.items()]
    digest = await student.digest(list(weights), weigh)
    assert digest == expected
    assert [type(each) for each in digest] == [int] * len(expected)


@pytest.mark.correctness(points=2)
async def test_brings_back_what_each_host_said(student, sandbox, http):
    """The survey is the text that each URL answers with, in order."""
    made = routes(http, 5)
    expected = [body for _, body in made.values()]

    assert await student.survey(await sandbox.session(), list(made)) == expected
    assert sorted(str(request.url) for request in http.log) == sorted(made)


@pytest.mark.concurrency(points=2)
async def test_asks_all_hosts_at_once(student, sandbox, http):
    """The survey takes as long as its slowest answer."""
    made = routes(http, 5)

    texts = await student.survey(await sandbox.session(), list(made))

    assert texts == [body for _, body in made.values()]
    assert http.peak_in_flight == 5
    assert now() == max(latency for latency, _ in made.values())


@pytest.mark.concurrency(points=2)
async def test_weighs_all_words_at_once(student):
    """The digest takes as long as the slowest weighing, and each word is weighed once."""
    weighed = []
    weights = {word: (random.randint(1, 80) / 8, random.randrange(10**9)) for word in words()}

    async def weigh(word):
        weighed.append(word)
        seconds, weight = weights[word]
        await asyncio.sleep(seconds)
        return weight

    digest = await student.digest(list(weights), weigh)

    assert digest == [len(word) * weight for word, (_, weight) in weights.items()]
    assert sorted(weighed) == sorted(weights)
    assert now() == max(seconds for seconds, _ in weights.values())


@pytest.mark.cancellation(points=2)
async def test_cancelled_survey_lets_go(student, sandbox, http):
    """A cancelled survey abandons its requests, and the next survey is answered."""
    made = routes(http, 4)
    session = await sandbox.session()

    call = asyncio.create_task(student.survey(session, list(made)))
    done, _ = await asyncio.wait([call], timeout=0.125)
    assert [each.result() for each in done] == []
    assert http.in_flight == 4
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert http.in_flight == 0

    assert await student.survey(session, list(made)) == [body for _, body in made.values()]
