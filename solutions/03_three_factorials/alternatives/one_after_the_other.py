"""The tasks run anyway, so they are awaited in turn; the computation calls itself."""

import asyncio
from collections.abc import Callable, Mapping

#: A plain function that shows one step: `report(name, factor, product)`.
Report = Callable[[str, int, int], None]


async def factorial(name: str, number: int, report: Report) -> int:
    """The factorial of `number`; each step takes a second and is reported."""
    if number < 2:
        return 1
    product = number * await factorial(name, number - 1, report)
    await asyncio.sleep(1)
    report(name, number, product)
    return product


def start_all(numbers: Mapping[str, int], report: Report) -> dict[str, asyncio.Task[int]]:
    """A running task for each of `numbers`, by name."""
    return {name: asyncio.create_task(factorial(name, number, report)) for name, number in numbers.items()}


async def collect(tasks: Mapping[str, asyncio.Task[int]]) -> dict[str, int]:
    """Wait for `tasks`; the results, by name, of those that were not cancelled."""
    results = {}
    try:
        for name, task in tasks.items():
            # Waiting for one task: whether it was cancelled or this call was, the wait tells them apart.
            await asyncio.wait([task])
            if not task.cancelled():
                results[name] = await task
    except asyncio.CancelledError:
        for task in tasks.values():
            task.cancel()
        raise
    return results
