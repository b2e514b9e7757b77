"""The hidden suite of exercise 03."""

import asyncio
import math
import random

import pytest


def now() -> float:
    return asyncio.get_running_loop().time()


def steps_of(number: int, until: float = math.inf) -> list[tuple[float, int, int]]:
    """(time, factor, product) of each step towards the factorial of `number`, from time 0 to `until`."""
    return [(factor - 1.0, factor, math.factorial(factor)) for factor in range(2, number + 1) if factor - 1 < until]


class Museum:
    """Screens with numbers that nobody can have foreseen; notes when each step is reported."""

    def __init__(self, *, smallest: int = 2, largest: int = 12, screens: int = 4) -> None:
        names = random.sample(["A", "B", "C", "D", "E", "F", "G", "H"], screens)
        self.numbers = dict(zip(names, random.sample(range(smallest, largest + 1), screens)))
        self.names = names
        self.steps: dict[str, list[tuple[float, int, int]]] = {name: [] for name in names}

    def report(self, name: str, factor: int, product: int) -> None:
        self.steps[name].append((now(), factor, product))

    def start(self, student):
        """The tasks of all screens, by name."""
        tasks = student.start_all(self.numbers, self.report)
        assert isinstance(tasks, dict), "`start_all` did not return a dictionary."
        assert sorted(tasks) == sorted(self.names), "`start_all` did not return a task for each name."
        return tasks

    def factorials(self, *, without: str = "") -> dict[str, int]:
        return {name: math.factorial(number) for name, number in self.numbers.items() if name != without}

    @property
    def longest(self) -> float:
        """The time that the largest number takes."""
        return max(self.numbers.values()) - 1.0


@pytest.fixture
def museum() -> Museum:
    return Museum()


@pytest.mark.correctness(points=1)
async def test_factorial_is_exact(student, museum):
    """A factorial is exact, however many digits it has."""
    number = random.randint(30, 60)

    assert await student.factorial(museum.names[0], number, museum.report) == math.factorial(number)


@pytest.mark.correctness(points=1)
async def test_each_step_is_reported(student, museum):
    """After each multiplication, by 2, 3, 4 and so on, the name, the factor and the product are reported."""
    name, number = random.choice(list(museum.numbers.items()))

    await student.factorial(name, number, museum.report)

    reports = [(factor, product) for _, factor, product in museum.steps[name]]
    assert reports == [(factor, product) for _, factor, product in steps_of(number)]


@pytest.mark.correctness(points=1)
@pytest.mark.parametrize("number", [0, 1])
async def test_nothing_is_computed_for_0_and_1(student, museum, number):
    """The factorials of 0 and 1 are 1, at once, and nothing is reported."""
    name = museum.names[0]

    assert await student.factorial(name, number, museum.report) == 1
    assert museum.steps[name] == []
    assert now() == 0.0


@pytest.mark.correctness(points=2)
async def test_each_task_has_the_factorial_of_its_number(student, museum):
    """The result of each task is the factorial of its name's number."""
    tasks = museum.start(student)

    assert {name: await task for name, task in tasks.items()} == museum.factorials()


@pytest.mark.correctness(points=2)
@pytest.mark.weather(seeds=5)
async def test_collect_gives_each_name_its_result(student, museum):
    """`collect` returns each name with the result of its own task, whichever ends first."""
    assert await student.collect(museum.start(student)) == museum.factorials()


@pytest.mark.correctness(points=1)
async def test_there_may_be_no_numbers(student, museum):
    """Without numbers there are no tasks, and without tasks the result is an empty dictionary."""
    assert student.start_all({}, museum.report) == {}
    assert await student.collect({}) == {}


@pytest.mark.concurrency(points=2)
async def test_a_second_passes_before_each_step(student, museum):
    """A computation rests for one second before each multiplication."""
    name, number = random.choice(list(museum.numbers.items()))
    begin = random.choice([0.25, 0.5, 0.75])
    await asyncio.sleep(begin)

    await student.factorial(name, number, museum.report)

    assert museum.steps[name] == [(begin + second, factor, product) for second, factor, product in steps_of(number)]
    assert now() == begin + number - 1.0


@pytest.mark.concurrency(points=1)
async def test_event_loop_is_free_between_the_steps(student, sandbox, museum):
    """While a computation rests, the event loop is free."""
    call = asyncio.create_task(student.factorial(museum.names[0], 6, museum.report))
    await asyncio.sleep(random.choice([0.25, 1.5, 3.75]))
    blocked_for = await sandbox.heartbeat()
    await call

    assert blocked_for == 0


@pytest.mark.concurrency(points=2)
async def test_tasks_run_before_anybody_waits(student, museum):
    """`start_all` returns at once, and the tasks run from then on, although nobody waits for them."""
    museum.start(student)
    assert now() == 0.0
    await asyncio.sleep(60)

    assert museum.steps == {name: steps_of(number) for name, number in museum.numbers.items()}


@pytest.mark.concurrency(points=2)
async def test_collect_returns_when_the_last_task_has_ended(student):
    """All tasks rest at the same time, and `collect` returns when the last one has ended."""
    museum = Museum(screens=8, largest=30)

    await student.collect(museum.start(student))

    assert museum.steps == {name: steps_of(number) for name, number in museum.numbers.items()}
    assert now() == museum.longest


@pytest.mark.cancellation(points=2)
async def test_cancelled_task_ends_at_once(student, museum):
    """A task that is cancelled ends at that moment with CancelledError, and reports nothing more."""
    name = max(museum.numbers, key=museum.numbers.get)
    moment = random.choice([0.5, 1.25, 2.75])

    tasks = museum.start(student)
    await asyncio.sleep(moment)
    tasks[name].cancel()

    with pytest.raises(asyncio.CancelledError):
        await tasks[name]
    assert now() == moment
    await asyncio.sleep(60)
    assert museum.steps[name] == steps_of(museum.numbers[name], until=moment)


@pytest.mark.cancellation(points=2)
@pytest.mark.parametrize("collecting", [True, False])
async def test_cancelled_task_is_left_out(student, museum, collecting):
    """`collect` leaves out the task that is cancelled, before or meanwhile, and waits for the others, which go on."""
    cancelled = max(museum.numbers, key=museum.numbers.get)
    others = {name: number for name, number in museum.numbers.items() if name != cancelled}

    tasks = museum.start(student)
    call = asyncio.create_task(student.collect(tasks)) if collecting else None
    await asyncio.sleep(0.5)
    tasks[cancelled].cancel()
    results = await (call or student.collect(tasks))

    assert results == museum.factorials(without=cancelled)
    assert {name: museum.steps[name] for name in others} == {name: steps_of(n) for name, n in others.items()}
    assert now() == max(others.values()) - 1.0


@pytest.mark.cancellation(points=2)
async def test_cancelled_collect_cancels_the_tasks(student):
    """When `collect` is cancelled, it cancels the tasks that run and ends at that moment with CancelledError."""
    museum = Museum(smallest=3)
    moment = random.choice([0.25, 0.5, 1.5])

    call = asyncio.create_task(student.collect(museum.start(student)))
    await asyncio.sleep(moment)
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    assert now() == moment
    await asyncio.sleep(60)
    later = {name: steps for name, steps in museum.steps.items() if steps and steps[-1][0] > moment}
    assert later == {}, "The tasks went on."


@pytest.mark.cancellation(points=1)
async def test_cancelled_at_any_await_reports_nothing_more(student, sandbox, museum):
    """Wherever a computation is cancelled, it ends as cancelled and reports nothing more."""
    name = museum.names[0]

    async for attempt in sandbox.cancel_at_each_await(student.factorial, name, 5, museum.report):
        where = f"The call was cancelled while it waited in line {attempt.line}."
        assert attempt.outcome == "cancelled", where
        steps = len(museum.steps[name])
        await asyncio.sleep(10)
        assert len(museum.steps[name]) == steps, where
