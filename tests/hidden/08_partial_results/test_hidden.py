"""The hidden suite of exercise 8."""

import asyncio
import random

import aiohttp
import pytest

STILL_RUNNING = "Requests were still running when the call ended."


def now() -> float:
    return asyncio.get_running_loop().time()


class Bakery:
    """Branches that count over mocked HTTP, under names and numbers that nobody can have foreseen."""

    def __init__(self, http):
        self.http = http
        self.branches = {}
        self.loaves = {}

    def counts(self, latency, *, call_off=0.0, status=200):
        """A branch that answers after `latency` seconds; its name."""
        name = f"branch-{random.randrange(10**9)}"
        self.branches[name] = f"https://bakery.test/{random.randrange(10**9)}/{name}"
        self.loaves[name] = random.randrange(10**6)
        self.http.get(
            self.branches[name], payload={"loaves": self.loaves[name]}, latency=latency, status=status, repeat=True
        )
        self.http.delete(self.branches[name], latency=call_off, repeat=True)
        return name

    def some_loaves(self, *names):
        """The loaves of the branches called `names`."""
        return {name: self.loaves[name] for name in names}

    def asked(self):
        """When each count began and when it ended, in the order of the branches."""
        counts = [request for request in self.http.log if request.method == "GET"]
        spans = {count.url.name: (count.arrived, count.ended) for count in counts}
        return [spans.get(name) for name in self.branches]

    def called_off(self):
        """When each call-off that was answered ended, by the name of the branch."""
        return {
            request.url.name: request.ended
            for request in self.http.log
            if request.method == "DELETE" and request.how == "answered"
        }


@pytest.fixture
def bakery(http):
    return Bakery(http)


@pytest.mark.correctness(points=2)
async def test_counts_are_under_their_names(student, sandbox, bakery):
    """The counts that have arrived by the deadline are in `ok`, each under the name of its branch."""
    for latency in [3, 1, 4, 2]:
        bakery.counts(latency)

    report = await student.survey(await sandbox.session(), bakery.branches, deadline=5)

    assert report.ok == bakery.loaves
    assert (report.failed, report.late) == ({}, set())


@pytest.mark.correctness(points=2)
async def test_failure_disturbs_no_other_branch(student, sandbox, bakery):
    """A branch that fails is in `failed` with its exception, and the others are counted all the same."""
    status = random.choice([404, 500, 503])
    first = bakery.counts(1)
    broken = bakery.counts(2, status=status)
    last = bakery.counts(3)

    report = await student.survey(await sandbox.session(), bakery.branches, deadline=5)

    assert report.ok == bakery.some_loaves(first, last)
    assert set(report.failed) == {broken}
    assert isinstance(report.failed[broken], aiohttp.ClientResponseError)
    assert report.failed[broken].status == status
    assert report.late == set()


@pytest.mark.correctness(points=2)
async def test_deadline_keeps_what_has_arrived(student, sandbox, bakery):
    """At the deadline, what has arrived is in `ok`, what has failed in `failed`, and the rest in `late`."""
    early = bakery.counts(1)
    late = bakery.counts(9)
    broken = bakery.counts(2, status=500)
    later = bakery.counts(60)

    report = await student.survey(await sandbox.session(), bakery.branches, deadline=3)

    assert report.ok == bakery.some_loaves(early)
    assert set(report.failed) == {broken}
    assert report.late == {late, later}


@pytest.mark.correctness(points=2)
async def test_timeout_of_the_session_is_a_failure(student, sandbox, bakery):
    """A `TimeoutError` that `count_loaves` raises by itself makes its branch failed, not late."""
    early = bakery.counts(1)
    slow = bakery.counts(60)
    session = await sandbox.session(timeout={"total": 2})

    report = await student.survey(session, bakery.branches, deadline=4)

    assert report.ok == bakery.some_loaves(early)
    assert report.late == set()
    assert {name: isinstance(failure, TimeoutError) for name, failure in report.failed.items()} == {slow: True}


@pytest.mark.correctness(points=1)
async def test_branches_may_share_a_url(student, sandbox, http):
    """Several branches can have the same URL: each of them is asked, and is in the report."""
    url, loaves = "https://bakery.test/shared", random.sample(range(10**6), 2)
    for number in loaves:
        http.get(url, payload={"loaves": number}, latency=1)

    report = await student.survey(await sandbox.session(), {"north": url, "south": url}, deadline=3)

    assert sorted(report.ok) == ["north", "south"]
    assert sorted(report.ok.values()) == sorted(loaves)


@pytest.mark.correctness(points=1)
async def test_no_branches_make_an_empty_report(student, sandbox):
    """Without branches, the report is empty and is returned at once."""
    report = await student.survey(await sandbox.session(), {}, deadline=3)

    assert (report.ok, report.failed, report.late) == ({}, {}, set())
    assert now() == 0.0


@pytest.mark.concurrency(points=2)
async def test_report_is_returned_when_all_have_ended(student, sandbox, bakery):
    """All branches are asked at the same time; when all have ended, the report is returned at that moment."""
    bakery.counts(1)
    bakery.counts(1.5)
    bakery.counts(2)

    await student.survey(await sandbox.session(), bakery.branches, deadline=5)

    assert bakery.asked() == [(0, 1), (0, 1.5), (0, 2)]
    assert now() == 2.0, "The report was not returned when the last count had ended."


@pytest.mark.concurrency(points=2)
async def test_late_counts_are_stopped(student, sandbox, bakery, http):
    """At the deadline the late counts are cancelled, and the report is returned when the last of them has ended."""
    bakery.counts(1)
    quick = bakery.counts(60, call_off=0.25)
    slow = bakery.counts(9, call_off=0.75)

    await student.survey(await sandbox.session(), bakery.branches, deadline=3)

    assert http.in_flight == 0, STILL_RUNNING
    assert bakery.asked() == [(0, 1), (0, 3), (0, 3)]
    assert bakery.called_off() == {quick: 3.25, slow: 3.75}
    assert now() == 3.75


@pytest.mark.concurrency(points=1)
async def test_no_task_is_left(student, sandbox, bakery):
    """When the report has been returned, no task is left."""
    bakery.counts(1)
    bakery.counts(9)
    session = await sandbox.session()

    await student.survey(session, bakery.branches, deadline=20)
    await student.survey(session, bakery.branches, deadline=3)

    assert await sandbox.leftovers() == []


@pytest.mark.concurrency(points=1)
@pytest.mark.weather(seeds=5)
async def test_report_tells_what_happened_in_any_weather(student, sandbox, bakery, http):
    """However long each branch takes, it is in the part of the report where it belongs, and in no other."""
    for _ in range(20):
        bakery.counts(random.uniform(0.5, 4), call_off=random.uniform(0.1, 2), status=random.choice([200, 200, 500]))

    report = await student.survey(await sandbox.session(), bakery.branches, deadline=3)

    assert http.in_flight == 0, STILL_RUNNING
    counts = {request.url.name: request for request in http.log if request.method == "GET"}
    assert set(report.ok) == {name for name, count in counts.items() if count.status == 200}
    assert set(report.failed) == {name for name, count in counts.items() if count.status == 500}
    assert report.late == {name for name, count in counts.items() if count.how == "cancelled"}


@pytest.mark.cancellation(points=2)
async def test_cancelling_stops_all_counts(student, sandbox, bakery, http):
    """When the caller is cancelled, all running counts are cancelled at that moment, and there is no report."""
    bakery.counts(1)
    bakery.counts(60)
    bakery.counts(9)

    call = asyncio.create_task(student.survey(await sandbox.session(), bakery.branches, deadline=5))
    await asyncio.sleep(2)
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    assert http.in_flight == 0, STILL_RUNNING
    assert bakery.asked() == [(0, 1), (0, 2), (0, 2)]


@pytest.mark.cancellation(points=2)
async def test_cancelling_waits_for_the_last_count(student, sandbox, bakery, http):
    """When the caller is cancelled, CancelledError is raised when the last of the running counts has ended."""
    quick = bakery.counts(60, call_off=0.25)
    slow = bakery.counts(60, call_off=0.75)
    middle = bakery.counts(60, call_off=0.5)

    call = asyncio.create_task(student.survey(await sandbox.session(), bakery.branches, deadline=5))
    await asyncio.sleep(2)
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    assert http.in_flight == 0, STILL_RUNNING
    assert bakery.called_off() == {quick: 2.25, slow: 2.75, middle: 2.5}
    assert now() == 2.75


@pytest.mark.cancellation(points=1)
async def test_cancelled_after_the_deadline(student, sandbox, bakery):
    """A cancellation after the deadline, while counts are called off, leads to CancelledError, not to a report."""
    bakery.counts(1)
    bakery.counts(60, call_off=2)

    call = asyncio.create_task(student.survey(await sandbox.session(), bakery.branches, deadline=3))
    await asyncio.sleep(4)
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call


@pytest.mark.cancellation(points=1)
async def test_cancelled_at_any_await_makes_no_report(student, sandbox, bakery):
    """Wherever the call is cancelled, it ends as cancelled, without a report."""
    for latency in [0.5, 60, 1]:
        bakery.counts(latency, call_off=0.25)
    session = await sandbox.session()

    async for attempt in sandbox.cancel_at_each_await(student.survey, session, bakery.branches, deadline=2):
        assert attempt.outcome == "cancelled", f"Cancelled where it waits in line {attempt.line}, it went on."
