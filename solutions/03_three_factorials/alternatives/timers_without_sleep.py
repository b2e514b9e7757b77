"""A timer for each step that calls the next, a future for the last, and watchers in a task group."""

import asyncio
from collections.abc import Callable, Mapping

#: A plain function that shows one step: `report(name, factor, product)`.
Report = Callable[[str, int, int], None]


class Screen:
    """A factorial that grows by one factor at each tick of its timer."""

    def __init__(self, name: str, number: int, report: Report) -> None:
        self.name, self.number, self.report = name, number, report
        self.product = self.factor = 1
        self.loop = asyncio.get_running_loop()
        self.complete: asyncio.Future[int] = self.loop.create_future()
        self.wind()

    def wind(self) -> None:
        if self.factor >= self.number:
            self.complete.set_result(self.product)
        else:
            self.timer = self.loop.call_later(1, self.tick)

    def tick(self) -> None:
        self.factor += 1
        self.product *= self.factor
        self.report(self.name, self.factor, self.product)
        self.wind()


async def factorial(name: str, number: int, report: Report) -> int:
    """The factorial of `number`; each step takes a second and is reported."""
    screen = Screen(name, number, report)
    try:
        return await screen.complete
    finally:
        if number > 1:
            screen.timer.cancel()


def start_all(numbers: Mapping[str, int], report: Report) -> dict[str, asyncio.Task[int]]:
    """A running task for each of `numbers`, by name."""
    loop = asyncio.get_running_loop()
    return {name: loop.create_task(factorial(name, number, report), name=name) for name, number in numbers.items()}


async def collect(tasks: Mapping[str, asyncio.Task[int]]) -> dict[str, int]:
    """Wait for `tasks`; the results, by name, of those that were not cancelled."""
    results = {}

    async def watch(name: str, task: asyncio.Task[int]) -> None:
        try:
            results[name] = await task
        except asyncio.CancelledError:
            if not task.cancelled():
                raise

    async with asyncio.TaskGroup() as watchers:
        for name, task in tasks.items():
            watchers.create_task(watch(name, task))
    return results
