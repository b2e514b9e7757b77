"""The hidden suite of exercise 01."""

import asyncio
import random

import pytest


def now() -> float:
    return asyncio.get_running_loop().time()


class Kitchen:
    """Boils and brews, and notes when each step is started, ready or stopped; `busy` are those under way."""

    def __init__(self, *, boiling: float = 3.0, brewing: float = 2.0) -> None:
        self.seconds = {"boil": boiling, "brew": brewing}
        self.water = f"water {random.randrange(10**9)}"
        self.tea = f"tea {random.randrange(10**9)}"
        self.failure: Exception | None = None
        self.failing = ""
        self.called: list[str] = []
        self.brewed_with: list[object] = []
        self.busy: list[str] = []
        self.started: dict[str, float] = {}
        self.stopped: dict[str, float] = {}

    async def boil(self) -> str:
        await self._work("boil")
        return self.water

    async def brew(self, water: str) -> str:
        self.brewed_with.append(water)
        await self._work("brew")
        return self.tea

    async def _work(self, step: str) -> None:
        self.called.append(step)
        self.started[step] = now()
        self.busy.append(step)
        try:
            await asyncio.sleep(self.seconds[step])
        except asyncio.CancelledError:
            self.stopped[step] = now()
            raise
        finally:
            self.busy.remove(step)
        if step == self.failing and self.failure is not None:
            raise self.failure


class Evening:
    """A program whose music goes on when it ends; notes when the music was cancelled and when it had faded out."""

    def __init__(self, *, lasts: float, fades: float, failure: Exception | None = None) -> None:
        self.text = f"evening {random.randrange(10**9)}"
        self.lasts, self.fades, self.failure = lasts, fades, failure
        self.cancelled_at: float | None = None
        self.silent_at: float | None = None

    async def pass_by(self) -> str:
        await asyncio.sleep(self.lasts)
        if self.failure is not None:
            raise self.failure
        return self.text

    async def music(self) -> str:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            self.cancelled_at = now()
            await asyncio.sleep(self.fades)
            self.silent_at = now()
            raise
        return "the music has played to its end"

    def main(self, student):
        """The program, as a `main` for `start`."""
        return student.with_music(self.pass_by, self.music)


@pytest.fixture
def kitchen() -> Kitchen:
    return Kitchen()


def a_duration() -> float:
    """Some quarters of a second, so that sums of them are exact."""
    return random.randint(2, 20) / 4


@pytest.mark.correctness(points=1)
async def test_greeting_names_the_guest(student):
    """A greeting is the text `Hello, NAME!` with the name of the guest."""
    name = random.choice(["Ada", "Kofi", "Mei Lin", "Søren"]) + str(random.randrange(10**6))

    assert await student.greet(name, 1) == f"Hello, {name}!"


@pytest.mark.correctness(points=2)
async def test_tea_is_made_from_the_water(student, kitchen):
    """`make_tea` calls `boil` once, then `brew` once with the water that it got, and returns the tea."""
    tea = await student.make_tea(kitchen.boil, kitchen.brew)

    assert tea == kitchen.tea
    assert kitchen.called == ["boil", "brew"]
    assert kitchen.brewed_with == [kitchen.water]


@pytest.mark.correctness(points=1)
@pytest.mark.parametrize("step", ["boil", "brew"])
async def test_failure_of_a_step_is_raised(student, kitchen, step):
    """When `boil` or `brew` fails, `make_tea` fails with the same exception; after a failed `boil`, nothing brews."""
    text = f"the kettle is broken {random.randrange(10**6)}"
    kitchen.failing, kitchen.failure = step, ValueError(text)

    with pytest.raises(ValueError) as caught:
        await student.make_tea(kitchen.boil, kitchen.brew)
    assert str(caught.value) == text
    assert kitchen.called == (["boil"] if step == "boil" else ["boil", "brew"])


@pytest.mark.correctness(points=2)
async def test_start_runs_main_each_time_it_is_called(student, sandbox):
    """`start` runs `main` and returns what `main` returns, as often as it is called."""
    texts = [f"evening {random.randrange(10**6)}" for _ in range(3)]
    coming = iter(texts)

    async def main():
        await asyncio.sleep(1)
        return next(coming)

    assert [await sandbox.in_thread(student.start, main) for _ in texts] == texts


@pytest.mark.correctness(points=1)
async def test_start_runs_in_several_threads_at_the_same_time(student, sandbox):
    """`start` can run in several threads at the same time, and returns in each what its own `main` returns."""
    seconds = random.sample(range(1, 9), 3)

    def evening(lasts):
        async def main():
            await asyncio.sleep(lasts)
            return f"evening of {lasts} hours"

        return main

    texts = await asyncio.gather(*(sandbox.in_thread(student.start, evening(lasts)) for lasts in seconds))

    assert texts == [f"evening of {lasts} hours" for lasts in seconds]


@pytest.mark.correctness(points=1)
async def test_start_raises_what_main_raises(student, sandbox):
    """`start` raises what `main` raises."""
    text = f"the house is locked {random.randrange(10**6)}"

    async def main():
        await asyncio.sleep(1)
        raise LookupError(text)

    with pytest.raises(LookupError) as caught:
        await sandbox.in_thread(student.start, main)
    assert caught.value.args == (text,)


@pytest.mark.concurrency(points=2)
async def test_greetings_wait_at_the_same_time(student, sandbox):
    """A greeting takes its delay, and meanwhile the event loop is free, so that others can wait at the same time."""
    delay = 4 + a_duration()
    greetings = asyncio.gather(student.greet("Ada", 3), student.greet("Kofi", delay), student.greet("Mei", 1))
    await asyncio.sleep(0.5)
    blocked_for = await sandbox.heartbeat()
    await greetings

    assert blocked_for == 0, "The event loop was blocked."
    assert now() == delay


@pytest.mark.concurrency(points=2)
async def test_brewing_starts_when_the_water_is_ready(student):
    """`brew` starts at the moment when the water is ready, and `make_tea` returns when the tea is."""
    boiling, brewing = a_duration(), a_duration()
    kitchen = Kitchen(boiling=boiling, brewing=brewing)

    await student.make_tea(kitchen.boil, kitchen.brew)

    assert kitchen.started == {"boil": 0.0, "brew": boiling}
    assert now() == boiling + brewing


@pytest.mark.concurrency(points=2)
async def test_several_teas_are_made_at_the_same_time(student):
    """Several calls of `make_tea` run at the same time, and each brews with its own water."""
    slowest = float(random.randint(6, 9))
    kitchens = [Kitchen(boiling=boiling) for boiling in (4, 2, slowest, 3)]

    teas = await asyncio.gather(*(student.make_tea(kitchen.boil, kitchen.brew) for kitchen in kitchens))

    assert now() == slowest + 2
    assert [kitchen.brewed_with for kitchen in kitchens] == [[kitchen.water] for kitchen in kitchens]
    assert teas == [kitchen.tea for kitchen in kitchens]


@pytest.mark.cancellation(points=2)
@pytest.mark.parametrize(("step", "moment"), [("boil", 1.0), ("brew", 4.5)])
async def test_cancelling_stops_the_step_under_way(student, kitchen, step, moment):
    """When `make_tea` is cancelled, the step under way is cancelled at that moment, and no other starts."""
    call = asyncio.create_task(student.make_tea(kitchen.boil, kitchen.brew))
    await asyncio.sleep(moment)
    call.cancel()
    await asyncio.sleep(30)

    assert kitchen.stopped == {step: moment}
    assert kitchen.called == (["boil"] if step == "boil" else ["boil", "brew"])


@pytest.mark.cancellation(points=1)
async def test_cancelled_tea_ends_at_once(student, kitchen):
    """A cancelled `make_tea` ends at that moment, with CancelledError."""
    moment = random.choice([0.5, 1.25, 3.5, 4.75])
    call = asyncio.create_task(student.make_tea(kitchen.boil, kitchen.brew))
    await asyncio.sleep(moment)
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    assert now() == moment


@pytest.mark.cancellation(points=1)
async def test_cancelled_at_any_await_leaves_nothing_under_way(student, sandbox, kitchen):
    """Wherever `make_tea` is cancelled, it ends as cancelled and no step is left under way."""
    async for attempt in sandbox.cancel_at_each_await(student.make_tea, kitchen.boil, kitchen.brew):
        where = f"The call was cancelled while it waited in line {attempt.line}."
        assert attempt.outcome == "cancelled", where
        assert kitchen.busy == [], where


@pytest.mark.cancellation(points=2)
async def test_start_cancels_what_main_left_running(student, sandbox):
    """When `main` has returned, all tasks that it left running are cancelled at that moment."""
    lasts = a_duration()
    evening = Evening(lasts=lasts, fades=1)
    lights = Evening(lasts=0, fades=2)

    await sandbox.in_thread(student.start, student.with_music(evening.main(student), lights.music))
    await sandbox.settle()

    assert evening.cancelled_at == lasts, "The music was not cancelled when `main` returned."
    assert lights.cancelled_at == lasts, "A second task was not cancelled when `main` returned."


@pytest.mark.cancellation(points=1)
async def test_start_waits_for_what_it_cancelled(student, sandbox):
    """`start` returns when the tasks that it cancelled have ended, and still returns what `main` returned."""
    fades = a_duration()
    evening = Evening(lasts=2, fades=fades)

    text = await sandbox.in_thread(student.start, evening.main(student))

    assert evening.silent_at == 2 + fades, "The music had not ended when `start` returned."
    assert now() == 2 + fades
    assert text == evening.text


@pytest.mark.cancellation(points=1)
async def test_start_cleans_up_after_a_failure(student, sandbox):
    """When `main` has raised, the tasks that it left running are cancelled and ended before `start` raises."""
    evening = Evening(lasts=2, fades=1, failure=LookupError("the power is off"))

    with pytest.raises(LookupError):
        await sandbox.in_thread(student.start, evening.main(student))

    assert (evening.cancelled_at, evening.silent_at) == (2, 3)
