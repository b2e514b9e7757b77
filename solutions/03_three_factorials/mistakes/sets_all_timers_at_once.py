"""cancellation: sets a timer for each report at the beginning, and a cancelled task leaves them set."""

import asyncio
from collections.abc import Callable, Mapping

#: A plain function that shows one step: `report(name, factor, product)`.
Report = Callable[[str, int, int], None]


async def factorial(name: str, number: int, report: Report) -> int:
    """The factorial of `number`; each step takes a second and is reported."""
    product = 1
    loop = asyncio.get_running_loop()
    for seconds, factor in enumerate(range(2, number + 1), start=1):
        product *= factor
        loop.call_later(seconds, report, name, factor, product)
    await asyncio.sleep(max(number - 1, 0))
    return product


def start_all(numbers: Mapping[str, int], report: Report) -> dict[str, asyncio.Task[int]]:
    """A running task for each of `numbers`, by name."""
    return {name: asyncio.create_task(factorial(name, number, report)) for name, number in numbers.items()}


async def collect(tasks: Mapping[str, asyncio.Task[int]]) -> dict[str, int]:
    """Wait for `tasks`; the results, by name, of those that were not cancelled."""
    try:
        await asyncio.gather(*tasks.values(), return_exceptions=True)
    finally:
        for task in tasks.values():
            task.cancel()
    return {name: task.result() for name, task in tasks.items() if not task.cancelled()}
