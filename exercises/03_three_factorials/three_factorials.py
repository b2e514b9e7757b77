"""Three factorials: computed step by step, side by side, in tasks that can be stopped one by one."""

import asyncio
from collections.abc import Callable, Mapping

#: A plain function that shows one step: `report(name, factor, product)`.
Report = Callable[[str, int, int], None]


async def factorial(name: str, number: int, report: Report) -> int:
    """The factorial of `number`; each step takes a second and is reported."""
    product = 1
    for factor in range(2, number + 1):
        # TODO: rest before each step, side by side with the others, and cope with a task that is cancelled.
        product *= factor
        report(name, factor, product)
    return product


def start_all(numbers: Mapping[str, int], report: Report) -> dict[str, asyncio.Task[int]]:
    """A running task for each of `numbers`, by name."""
    return {name: factorial(name, number, report) for name, number in numbers.items()}


async def collect(tasks: Mapping[str, asyncio.Task[int]]) -> dict[str, int]:
    """Wait for `tasks`; the results, by name, of those that were not cancelled."""
    return {name: await task for name, task in tasks.items()}
