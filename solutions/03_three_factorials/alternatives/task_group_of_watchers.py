"""A task group of watchers, each of which waits for one task and notes its result."""

import asyncio
from collections.abc import Callable, Mapping
from itertools import accumulate
from operator import mul

#: A plain function that shows one step: `report(name, factor, product)`.
Report = Callable[[str, int, int], None]


async def factorial(name: str, number: int, report: Report) -> int:
    """The factorial of `number`; each step takes a second and is reported."""
    product = 1
    for factor, product in enumerate(accumulate(range(2, number + 1), mul), start=2):
        await asyncio.sleep(1)
        report(name, factor, product)
    return product


def start_all(numbers: Mapping[str, int], report: Report) -> dict[str, asyncio.Task[int]]:
    """A running task for each of `numbers`, by name."""
    loop = asyncio.get_running_loop()
    tasks = {}
    for name, number in numbers.items():
        tasks[name] = loop.create_task(factorial(name, number, report), name=name)
    return tasks


async def collect(tasks: Mapping[str, asyncio.Task[int]]) -> dict[str, int]:
    """Wait for `tasks`; the results, by name, of those that were not cancelled."""
    results: dict[str, int] = {}

    async def watch(name: str, task: asyncio.Task[int]) -> None:
        # A watcher that ends as cancelled, because its task was, does not disturb its group.
        results[name] = await task

    async with asyncio.TaskGroup() as watchers:
        for name, task in tasks.items():
            watchers.create_task(watch(name, task))
    return results
