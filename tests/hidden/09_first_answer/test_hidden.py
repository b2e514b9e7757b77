"""The hidden suite of exercise 9."""

import asyncio
import random

import pytest

STILL_RUNNING = "Requests were still running when the call ended."


def now() -> float:
    return asyncio.get_running_loop().time()


class Mirrors:
    """Mirrors that answer over mocked HTTP, under URLs and with bodies that nobody can have foreseen."""

    def __init__(self, http):
        self.http = http
        self.urls = []
        self.bodies = []

    def answers(self, latency, *, status=200, goodbye=0.0, goodbye_status=200):
        """A mirror that answers after `latency` seconds."""
        self.urls.append(f"https://mirror.test/{random.randrange(10**9)}")
        self.bodies.append(random.randbytes(8))
        self.http.get(self.urls[-1], body=self.bodies[-1], status=status, latency=latency, repeat=True)
        self.http.delete(self.urls[-1], status=goodbye_status, latency=goodbye, repeat=True)

    def fails(self, latency, status=503):
        """A mirror that fails after `latency` seconds."""
        self.answers(latency, status=status)

    def gets(self):
        return [request for request in self.http.log if request.method == "GET"]

    def starts(self):
        """When each mirror was asked, by its place; only those that were."""
        return {self.urls.index(str(request.url)): request.arrived for request in self.gets()}

    def ends(self):
        """When each mirror's request ended, by its place."""
        return {self.urls.index(str(request.url)): request.ended for request in self.gets()}

    def goodbyes(self):
        """When each goodbye that was answered ended, by the mirror's place."""
        return {
            self.urls.index(str(request.url)): request.ended
            for request in self.http.log
            if request.method == "DELETE" and request.how == "answered"
        }


@pytest.fixture
def mirrors(http):
    return Mirrors(http)


@pytest.mark.correctness(points=2)
async def test_first_success_is_returned(student, sandbox, mirrors):
    """A failure is no answer: the body of the first fetch that succeeds is returned."""
    mirrors.fails(0.5)
    mirrors.answers(9)
    mirrors.fails(1)
    mirrors.answers(2)

    body = await student.first_success(await sandbox.session(), mirrors.urls, stagger=1)

    assert body == mirrors.bodies[3]


@pytest.mark.correctness(points=2)
async def test_all_failures_are_raised_in_order(student, sandbox, mirrors):
    """If all fetches fail, a group of their exceptions is raised, in the order of the mirrors."""
    statuses = random.sample([403, 404, 410, 500, 502, 503], 4)
    for latency, status in zip([7, 0.5, 3, 1], statuses):
        mirrors.fails(latency, status)

    with pytest.raises(ExceptionGroup) as caught:
        await student.first_success(await sandbox.session(), mirrors.urls, stagger=1)

    assert [failure.status for failure in caught.value.exceptions] == statuses


@pytest.mark.correctness(points=1)
async def test_single_failure_is_in_a_group_too(student, sandbox, mirrors):
    """If the only mirror fails, its exception is raised in a group too."""
    status = random.choice([403, 404, 500, 503])
    mirrors.fails(1, status)

    with pytest.raises(ExceptionGroup) as caught:
        await student.first_success(await sandbox.session(), mirrors.urls, stagger=2)

    assert [failure.status for failure in caught.value.exceptions] == [status]


@pytest.mark.correctness(points=1)
async def test_no_mirrors_are_refused(student, sandbox):
    """Without mirrors, ValueError is raised."""
    with pytest.raises(ValueError):
        await student.first_success(await sandbox.session(), [], stagger=1)


@pytest.mark.correctness(points=2)
async def test_failed_goodbye_does_not_hide_the_answer(student, sandbox, mirrors):
    """When a loser fails while it says goodbye, the answer is returned all the same."""
    mirrors.answers(20, goodbye=0.5, goodbye_status=500)
    mirrors.answers(2)
    mirrors.answers(20, goodbye_status=404)

    body = await student.first_success(await sandbox.session(), mirrors.urls, stagger=1)

    assert body == mirrors.bodies[1]


@pytest.mark.concurrency(points=1)
async def test_each_mirror_is_asked_after_the_one_before(student, sandbox, mirrors):
    """The mirrors are asked in order, each `stagger` seconds after the one before, and no more than needed."""
    stagger = random.choice([0.5, 1.0, 1.5])
    for _ in range(6):
        mirrors.answers(3 * stagger + 0.25)

    await student.first_success(await sandbox.session(), mirrors.urls, stagger=stagger)

    assert mirrors.starts() == {0: 0, 1: stagger, 2: 2 * stagger, 3: 3 * stagger}


@pytest.mark.concurrency(points=1)
async def test_slow_mirror_may_still_win(student, sandbox, mirrors):
    """A fetch that is slow goes on, and may still win."""
    for _ in range(3):
        mirrors.answers(10)

    body = await student.first_success(await sandbox.session(), mirrors.urls, stagger=1)

    assert now() == 10.0, "The first mirror has not won."
    assert body == mirrors.bodies[0]


@pytest.mark.concurrency(points=1)
async def test_failure_starts_the_next(student, sandbox, mirrors):
    """When a fetch fails, the next mirror is asked at that moment."""
    mirrors.fails(0.5)
    mirrors.fails(0.75)
    mirrors.answers(1)

    await student.first_success(await sandbox.session(), mirrors.urls, stagger=4)

    assert mirrors.starts() == {0: 0, 1: 0.5, 2: 1.25}
    assert now() == 2.25


@pytest.mark.concurrency(points=2)
async def test_any_failure_starts_the_next(student, sandbox, mirrors):
    """Any fetch that fails starts the next, and the stagger counts from that start."""
    mirrors.fails(3)
    mirrors.answers(30)
    mirrors.answers(30)
    mirrors.answers(1)

    await student.first_success(await sandbox.session(), mirrors.urls, stagger=2)

    assert mirrors.starts() == {0: 0, 1: 2, 2: 3, 3: 5}


@pytest.mark.concurrency(points=2)
async def test_losers_are_stopped(student, sandbox, mirrors, http):
    """When an answer has arrived, the losers are cancelled, and the call returns when the last of them has ended."""
    mirrors.answers(30, goodbye=0.75)
    mirrors.answers(30, goodbye=0.25)
    mirrors.answers(1)
    mirrors.answers(1)

    await student.first_success(await sandbox.session(), mirrors.urls, stagger=2)

    assert http.in_flight == 0, STILL_RUNNING
    assert mirrors.ends() == {0: 5, 1: 5, 2: 5}
    assert mirrors.goodbyes() == {0: 5.75, 1: 5.25}
    assert now() == 5.75


@pytest.mark.concurrency(points=1)
async def test_group_is_raised_at_the_last_failure(student, sandbox, mirrors):
    """When all fetches have failed, the group is raised at the moment of the last failure."""
    for latency in [5, 1, 0.5]:
        mirrors.fails(latency)

    with pytest.raises(Exception):
        await student.first_success(await sandbox.session(), mirrors.urls, stagger=2)

    assert mirrors.starts() == {0: 0, 1: 2, 2: 3}
    assert now() == 5.0


@pytest.mark.concurrency(points=1)
@pytest.mark.weather(seeds=5)
async def test_first_good_answer_wins_in_any_weather(student, sandbox, mirrors, http):
    """However long the mirrors take, the first good answer wins, and then nothing is running or started any more."""
    for _ in range(8):
        mirrors.answers(random.uniform(1, 4), status=random.choice([200, 503]), goodbye=random.uniform(0.1, 1))
    mirrors.answers(2)

    body = await student.first_success(await sandbox.session(), mirrors.urls, stagger=0.7)

    assert http.in_flight == 0, STILL_RUNNING
    winner = min((request for request in mirrors.gets() if request.status == 200), key=lambda request: request.ended)
    assert body == mirrors.bodies[mirrors.urls.index(str(winner.url))]
    assert max(mirrors.starts().values()) <= winner.ended, "A mirror was asked after the answer."


@pytest.mark.cancellation(points=2)
async def test_cancelling_stops_all_fetches(student, sandbox, mirrors, http):
    """When the caller is cancelled, the running fetches are cancelled at that moment, and no other mirror is asked."""
    for _ in range(4):
        mirrors.answers(60)

    call = asyncio.create_task(student.first_success(await sandbox.session(), mirrors.urls, stagger=2))
    await asyncio.sleep(3)
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    assert http.in_flight == 0, STILL_RUNNING
    await asyncio.sleep(30)
    assert mirrors.starts() == {0: 0, 1: 2}, "The mirrors that were asked are not those of before the cancellation."
    assert mirrors.ends() == {0: 3, 1: 3}


@pytest.mark.cancellation(points=2)
async def test_cancelling_waits_for_the_last_fetch(student, sandbox, mirrors, http):
    """When the caller is cancelled, CancelledError is raised when the last of the running fetches has ended."""
    for goodbye in [0.25, 0.75, 0.5, 0.0]:
        mirrors.answers(60, goodbye=goodbye)

    call = asyncio.create_task(student.first_success(await sandbox.session(), mirrors.urls, stagger=1))
    await asyncio.sleep(2.5)
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    assert http.in_flight == 0, STILL_RUNNING
    assert mirrors.goodbyes() == {0: 2.75, 1: 3.25, 2: 3.0}
    assert now() == 3.25


@pytest.mark.cancellation(points=1)
async def test_cancelled_at_any_await_asks_nobody_else(student, sandbox, mirrors, http):
    """Wherever the call is cancelled, it ends as cancelled, and nothing goes on."""
    for latency in [0.5, 3, 1]:
        mirrors.fails(latency)
    session = await sandbox.session()

    async for attempt in sandbox.cancel_at_each_await(student.first_success, session, mirrors.urls, stagger=1):
        assert attempt.outcome == "cancelled", f"Cancelled where it waits in line {attempt.line}, it went on."
        assert http.in_flight == 0, STILL_RUNNING
        asked = len(mirrors.gets())
        await asyncio.sleep(30)
        assert len(mirrors.gets()) == asked, "Another mirror was asked."
