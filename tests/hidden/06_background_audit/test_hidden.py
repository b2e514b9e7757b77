"""The hidden suite of exercise 06."""

import asyncio
import random

import pytest


def now() -> float:
    return asyncio.get_running_loop().time()


class Audit:
    """Writes records; `written` says which and when, `errors` what was reported, `begun` when each job began."""

    def __init__(self) -> None:
        self.written: dict[str, float] = {}
        self.begun: dict[str, float] = {}
        self.tidied: dict[str, float] = {}
        self.errors: list[str] = []

    def report(self, error: BaseException) -> None:
        self.errors.append(str(error))

    async def record(self, name: str, seconds: float, fails: bool = False, tidies: float = 0) -> None:
        self.begun[name] = now()
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            await asyncio.sleep(tidies)
            self.tidied[name] = now()
            raise
        if fails:
            raise LookupError(name)
        self.written[name] = now()


def names(count: int) -> list[str]:
    """Names that nobody can have foreseen."""
    return [f"record {random.randrange(10**9)}" for _ in range(count)]


@pytest.fixture
def audit() -> Audit:
    return Audit()


@pytest.mark.correctness(points=2)
async def test_jobs_survive_the_garbage_collector(student, sandbox, audit):
    """Each job runs to its end, also if garbage is collected while it waits."""
    background = student.Background(audit.report)
    first, second = names(2)

    background.spawn(audit.record, first, 5)
    background.spawn(audit.record, second, 7)
    await asyncio.sleep(1)
    await sandbox.collect_garbage()
    await asyncio.sleep(10)

    assert audit.written == {first: 5, second: 7}
    assert background.pending == 0, "A job has vanished while it waited."


@pytest.mark.correctness(points=2)
async def test_failure_is_reported_once(student, sandbox, audit):
    """The exception of a job that fails goes to `on_error`, once, and the other jobs go on."""
    background = student.Background(audit.report)
    bad, worse, good = names(3)

    background.spawn(audit.record, bad, 1, True)
    background.spawn(audit.record, good, 3)
    background.spawn(audit.record, worse, 2, True)
    await asyncio.sleep(4)
    await sandbox.collect_garbage()

    assert audit.errors == [bad, worse]
    assert audit.written == {good: 3}


@pytest.mark.correctness(points=1.5)
async def test_pending_counts_the_jobs(student, sandbox, audit):
    """`pending` is the number of jobs that have not ended, whether they succeed or fail; equal jobs count each."""
    background = student.Background(audit.report)
    counts = [background.pending]

    for second, name in enumerate(names(4), 1):
        background.spawn(audit.record, name, second, second % 2 == 0)
    await asyncio.sleep(0.5)
    for _ in range(5):
        counts.append(background.pending)
        await asyncio.sleep(1)
    job, (name,) = audit.record, names(1)
    for _ in range(3):
        background.spawn(job, name, 1)
    counts.append(background.pending)

    assert counts == [0, 4, 3, 2, 1, 0, 3]


@pytest.mark.correctness(points=2)
async def test_drain_waits_for_jobs_of_jobs(student, sandbox, audit):
    """`drain` waits for all jobs, also for those that are spawned while it waits."""
    background = student.Background(audit.report)
    child, grandchild = names(2)

    async def parent(depth: int) -> None:
        await asyncio.sleep(1)
        if depth:
            background.spawn(parent, depth - 1)
        else:
            background.spawn(audit.record, grandchild, 2)

    background.spawn(parent, 2)
    background.spawn(audit.record, child, 0.5)
    await background.drain()

    assert audit.written == {child: 0.5, grandchild: 5}, "`drain` did not wait for every job."
    assert now() == 5


@pytest.mark.correctness(points=1)
async def test_drain_raises_nothing(student, sandbox, audit):
    """`drain` raises nothing when a job fails, and waits for the others; without jobs it returns at once."""
    background = student.Background(audit.report)
    await background.drain()
    assert now() == 0
    bad, good = names(2)

    background.spawn(audit.record, bad, 1, True)
    background.spawn(audit.record, good, 2)
    await background.drain()

    assert audit.written == {good: 2}


@pytest.mark.concurrency(points=2)
async def test_jobs_run_at_the_same_time(student, sandbox, audit):
    """`spawn` returns at once, and all jobs begin at that moment."""
    background = student.Background(audit.report)
    jobs = names(6)

    for name in jobs:
        background.spawn(audit.record, name, random.randint(1, 9))
    assert now() == 0
    await asyncio.sleep(0.5)

    assert audit.begun == dict.fromkeys(jobs, 0), "A job waited for another."


@pytest.mark.concurrency(points=2)
async def test_drain_returns_when_the_last_job_ends(student, sandbox, audit):
    """`drain` returns when the last job ends: no earlier and no later."""
    background = student.Background(audit.report)
    seconds = random.sample(range(1, 40), 5)

    for name, each in zip(names(5), seconds):
        background.spawn(audit.record, name, each / 4)
    await background.drain()

    assert now() == max(seconds) / 4
    assert background.pending == 0


@pytest.mark.cancellation(points=2)
async def test_cancel_waits_for_the_clean_up(student, sandbox, audit):
    """`cancel` cancels all jobs, and returns when the last of them has cleaned up."""
    background = student.Background(audit.report)
    slow, quick = names(2)
    tidies = float(random.randint(50, 90))
    background.spawn(audit.record, slow, 60, False, tidies)
    background.spawn(audit.record, quick, 60, False, 0.25)
    await asyncio.sleep(1)

    await background.cancel()

    assert audit.tidied == {quick: 1.25, slow: 1 + tidies}
    assert now() == 1 + tidies
    assert background.pending == 0


@pytest.mark.cancellation(points=1.5)
async def test_cancelled_job_is_no_failure(student, sandbox, audit):
    """A job that was cancelled is not reported to `on_error`."""
    background = student.Background(audit.report)
    for name in names(3):
        background.spawn(audit.record, name, 60)
    await asyncio.sleep(1)

    await background.cancel()
    await asyncio.sleep(1)

    assert audit.errors == []
    assert len(audit.tidied) == 3, "A job was not cancelled."


@pytest.mark.cancellation(points=2)
async def test_cancelled_drain_leaves_the_jobs_alone(student, sandbox, audit):
    """When a caller of `drain` is cancelled, it ends at that moment, and the jobs go on."""
    background = student.Background(audit.report)
    (name,) = names(1)
    background.spawn(audit.record, name, 5)

    call = asyncio.create_task(background.drain())
    await asyncio.sleep(1)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert now() == 1
    await asyncio.sleep(9)

    assert audit.tidied == {}, "The job was cancelled too."
    assert audit.written == {name: 5}
