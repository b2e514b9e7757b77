"""The hidden suite of exercise 35."""

import asyncio
import random
from collections.abc import Coroutine

import pytest


class Stage:
    """A loop of the submission, what its coroutines can do, and `seen`: who went on when."""

    def __init__(self, student, sandbox) -> None:
        self.loop = student.TinyLoop()
        self.seen: list[tuple[float, str]] = []
        self._student = student
        self._sandbox = sandbox

    def spawn(self, body: Coroutine):
        return self.loop.spawn(self._sandbox.coroutine(body))

    def sleep(self, seconds: float):
        """To be awaited in a body."""
        return self._sandbox.there(self._student.tiny_sleep, seconds)

    def join(self, task):
        """To be awaited in a body."""
        return self._sandbox.there(task)

    def note(self, name: str) -> None:
        self.seen.append((self.loop.now, name))

    async def sleeper(self, name: str, *naps: float) -> str:
        """A body that is noted after each of its naps, and returns its name."""
        for seconds in naps:
            await self.sleep(seconds)
            self.note(name)
        return name

    async def joiner(self, name: str, task) -> str:
        """A body that joins a task, is noted then, and returns what it has got."""
        got = await self.join(task)
        self.note(name)
        return got

    async def canceller(self, seconds: float, task) -> None:
        """A body that cancels a task after a nap."""
        await self.sleep(seconds)
        task.cancel()


@pytest.fixture
def stage(student, sandbox) -> Stage:
    return Stage(student, sandbox)


def name() -> str:
    """A name that nobody can have foreseen."""
    return f"cook {random.randrange(10**6)}"


@pytest.mark.correctness(points=2)
async def test_run_drives_what_was_spawned(stage):
    """`spawn` leaves the driving to `run`, and a coroutine may spawn more; `run` returns when all are done."""
    tasks = []

    async def parent():
        stage.note("parent")
        tasks.append(stage.spawn(stage.sleeper("child", 2)))
        await stage.sleep(1)

    tasks.append(stage.spawn(parent()))
    assert stage.seen == [], "The coroutine ran before `run` was called."
    assert tasks[0].done() is False
    stage.loop.run()

    assert stage.seen == [(0, "parent"), (2, "child")]
    assert [task.done() for task in tasks] == [True, True]


@pytest.mark.correctness(points=2)
async def test_task_keeps_its_result(stage):
    """When a coroutine has returned, the `result()` of its task is what it returned, whatever that is."""
    names = [name() for _ in range(3)]
    tasks = [stage.spawn(stage.sleeper(each, random.randint(1, 9))) for each in names]

    stage.loop.run()

    assert [task.result() for task in tasks] == names


@pytest.mark.correctness(points=1)
async def test_exception_that_is_returned_is_a_result(stage):
    """An exception that a coroutine has returned, and not raised, is its result: `result()` and a join return it."""
    reason = name()

    async def looks():
        await stage.sleep(1)
        return LookupError(reason)

    found = stage.spawn(looks())
    joiner = stage.spawn(stage.joiner("joiner", found))
    stage.loop.run()

    for result in (found.result(), joiner.result()):
        assert (type(result), str(result)) == (LookupError, reason)


@pytest.mark.correctness(points=2)
async def test_exception_stays_in_its_task(stage):
    """When a coroutine raises, `result()` raises the same; `run` does not, and the others go on."""
    reason = name()

    async def fails():
        await stage.sleep(1)
        raise LookupError(reason)

    failed, other = stage.spawn(fails()), stage.spawn(stage.sleeper("other", 2))
    stage.loop.run()

    assert stage.seen == [(2, "other")]
    assert (failed.done(), other.done()) == (True, True)
    with pytest.raises(LookupError, match=reason):
        failed.result()


@pytest.mark.correctness(points=2)
async def test_joining_gives_the_result(stage):
    """Several coroutines can join one task, and each gets its result."""
    cook = name()
    task = stage.spawn(stage.sleeper(cook, 3))
    joiners = [stage.spawn(stage.joiner("joiner", task)) for _ in range(3)]

    stage.loop.run()

    assert [joiner.done() for joiner in joiners] == [True, True, True], "A joiner still waits."
    assert [joiner.result() for joiner in joiners] == [cook, cook, cook]


@pytest.mark.correctness(points=1)
async def test_joining_raises_the_exception(stage):
    """A coroutine that joins a task that fails gets its exception, and can catch it."""
    reason = name()

    async def fails():
        await stage.sleep(1)
        raise LookupError(reason)

    async def catches():
        try:
            await stage.join(failed)
        except LookupError as error:
            return str(error)

    failed = stage.spawn(fails())
    caught, passed_on = stage.spawn(catches()), stage.spawn(stage.joiner("joiner", failed))
    stage.loop.run()

    assert caught.result() == reason
    with pytest.raises(LookupError, match=reason):
        passed_on.result()


@pytest.mark.correctness(points=1)
async def test_joining_a_task_that_is_done(stage):
    """A task that is done can be joined; that gives its result, and takes no time."""
    cook = name()
    task = stage.spawn(stage.sleeper(cook, 1))

    async def late():
        await stage.sleep(5)
        return await stage.join(task), stage.loop.now

    latecomer = stage.spawn(late())
    stage.loop.run()

    assert latecomer.done() is True, "The latecomer still waits."
    assert latecomer.result() == (cook, 5)


@pytest.mark.concurrency(points=2)
async def test_sleepers_take_turns(stage):
    """Each sleeper goes on when `now` has grown by its sleep; meanwhile the others run."""
    quarters = random.sample(range(1, 40), 8)
    for number in range(4):
        first, second = quarters[2 * number] / 4, quarters[2 * number + 1] / 4
        stage.spawn(stage.sleeper(str(number), first, second))
    firsts = [(quarters[2 * n] / 4, str(n)) for n in range(4)]
    seconds = [((quarters[2 * n] + quarters[2 * n + 1]) / 4, str(n)) for n in range(4)]

    stage.loop.run()

    assert sorted(stage.seen) == sorted(firsts + seconds)
    assert [when for when, _ in stage.seen] == sorted(when for when, _ in stage.seen), "The clock went backwards."


@pytest.mark.concurrency(points=1)
async def test_nothing_waits_for_real(stage):
    """However long the sleeps are, `now` jumps, and no real time passes."""
    hours = 3600.0 * random.randint(10**5, 10**6)
    stage.spawn(stage.sleeper("long", hours, 0.125))

    stage.loop.run()

    assert stage.seen == [(hours, "long"), (hours + 0.125, "long")]
    assert asyncio.get_running_loop().time() == 0.0, "The loop has waited for real."


@pytest.mark.concurrency(points=2)
async def test_ties_go_in_the_order_of_falling_asleep(stage):
    """Coroutines that wake at the same time go on in the order in which they fell asleep."""
    early = [(n, 10 - n) for n in range(1, 9)]
    random.shuffle(early)
    for start, rest in early:
        stage.spawn(stage.sleeper(f"asleep since {start}", start, rest))

    stage.loop.run()

    last = [who for when, who in stage.seen if when == 10]
    assert last == [f"asleep since {start}" for start in range(1, 9)]


@pytest.mark.concurrency(points=1)
async def test_new_tasks_begin_in_order(stage):
    """New tasks begin in the order in which they were spawned, at the time at which they were."""

    async def begins(number: int):
        stage.note(str(number))

    async def parent():
        await stage.sleep(2.5)
        for number in range(8, 16):
            stage.spawn(begins(number))

    stage.spawn(parent())
    for number in range(8):
        stage.spawn(begins(number))
    stage.loop.run()

    assert stage.seen == [(0, str(number)) for number in range(8)] + [(2.5, str(number)) for number in range(8, 16)]


@pytest.mark.concurrency(points=1)
async def test_sleep_of_zero_lets_the_others_go_on(stage):
    """A sleep of 0 lets every other coroutine go on that can, and `now` stays."""

    async def polite(name: str):
        for _ in range(3):
            stage.note(name)
            await stage.sleep(0)

    async def starts():
        await stage.sleep(1)
        for each in "abc":
            stage.spawn(polite(each))

    stage.spawn(starts())
    stage.loop.run()

    assert stage.seen == [(1, each) for each in "abcabcabc"]


@pytest.mark.concurrency(points=1)
async def test_joiner_goes_on_when_the_task_ends(stage):
    """A joiner goes on at the time at which the task ends: no earlier and no later."""
    end = random.randint(3, 9)
    task = stage.spawn(stage.sleeper("task", 1, end - 1))
    stage.spawn(stage.joiner("joiner", task))
    stage.spawn(stage.sleeper("other", end + 1))

    stage.loop.run()

    assert stage.seen == [(1, "task"), (end, "task"), (end, "joiner"), (end + 1, "other")]


@pytest.mark.cancellation(points=2)
async def test_cancelled_sleep_ends_at_once(stage, sandbox):
    """`cancel` raises `Cancelled` in a coroutine that sleeps, at that time; its task ends with it."""
    when = random.randint(1, 9)

    async def sleeper():
        try:
            await stage.sleep(100)
        except sandbox.error("Cancelled"):
            stage.note("cancelled")
            raise

    task = stage.spawn(sleeper())
    stage.spawn(stage.canceller(when, task))
    stage.loop.run()

    assert stage.seen == [(when, "cancelled")]
    assert task.done() is True
    with pytest.raises(sandbox.error("Cancelled")):
        task.result()


@pytest.mark.cancellation(points=1)
async def test_cancelled_wait_is_forgotten(stage):
    """A sleep that was cancelled wakes nobody later, and `run` does not wait for its end."""

    async def sleeper():
        try:
            await stage.sleep(20)
        finally:
            await stage.sleep(30)
            stage.note("tidied up")

    stage.spawn(stage.canceller(1, stage.spawn(stage.sleeper("long", 1000))))
    stage.spawn(stage.canceller(2, stage.spawn(sleeper())))
    stage.loop.run()

    assert stage.seen == [(32, "tidied up")]
    assert stage.loop.now == 32, "The loop waited for a sleep that was cancelled."


@pytest.mark.cancellation(points=2)
async def test_cancelling_a_joiner_leaves_its_task_alone(stage, sandbox):
    """A joiner can be cancelled while it waits; the task that it joined goes on, and wakes only its other joiners."""
    task = stage.spawn(stage.sleeper("task", 5))

    async def joiner():
        try:
            await stage.join(task)
        except sandbox.error("Cancelled"):
            stage.note("cancelled")
        await stage.sleep(10)
        stage.note("joiner")

    before = stage.spawn(stage.joiner("friend", task))
    stage.spawn(stage.canceller(2, stage.spawn(joiner())))
    after = stage.spawn(stage.joiner("friend", task))
    stage.loop.run()

    assert [before.done(), after.done()] == [True, True], "Another joiner still waits."
    assert stage.seen == [(2, "cancelled"), (5, "task"), (5, "friend"), (5, "friend"), (12, "joiner")]
    assert task.result() == "task"


@pytest.mark.cancellation(points=1)
async def test_cancelled_coroutine_may_tidy_up_or_go_on(stage, sandbox):
    """A coroutine may sleep while it cleans up, or catch `Cancelled` and go on; only the former ends as cancelled."""

    async def tidies():
        try:
            await stage.sleep(50)
        finally:
            await stage.sleep(3)
            stage.note("tidied up")

    async def goes_on():
        try:
            await stage.sleep(60)
        except sandbox.error("Cancelled"):
            await stage.sleep(4)
        return "went on"

    first, second = stage.spawn(tidies()), stage.spawn(goes_on())
    stage.spawn(stage.canceller(1, first))
    stage.spawn(stage.canceller(2, second))
    stage.loop.run()

    assert stage.seen == [(4, "tidied up")]
    assert second.result() == "went on"
    with pytest.raises(sandbox.error("Cancelled")):
        first.result()


@pytest.mark.cancellation(points=1)
async def test_joiners_learn_of_the_cancellation(stage, sandbox):
    """Who joins a task that is cancelled gets `Cancelled`, at that time."""
    task = stage.spawn(stage.sleeper("task", 100))

    async def joiner():
        try:
            await stage.join(task)
        except sandbox.error("Cancelled"):
            return stage.loop.now

    joined = stage.spawn(joiner())
    stage.spawn(stage.canceller(3, task))
    stage.loop.run()

    assert joined.done() is True, "The joiner still waits."
    assert joined.result() == 3


@pytest.mark.cancellation(points=0.5)
async def test_cancelling_a_task_that_is_done_changes_nothing(stage):
    """Cancelling a task that is done changes nothing."""
    task = stage.spawn(stage.sleeper("task", 1))
    stage.spawn(stage.canceller(2, task))
    other = stage.spawn(stage.sleeper("other", 5))

    stage.loop.run()
    task.cancel()

    assert stage.seen == [(1, "task"), (5, "other")]
    assert (task.result(), other.result()) == ("task", "other")
