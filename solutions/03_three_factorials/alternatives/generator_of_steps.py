"""An asynchronous generator of steps, and a queue through which each task tells that it has ended."""

import asyncio
import contextlib
import itertools
import operator
from collections.abc import AsyncIterator, Callable, Mapping

#: A plain function that shows one step: `report(name, factor, product)`.
Report = Callable[[str, int, int], None]


async def steps(number: int) -> AsyncIterator[tuple[int, int]]:
    """Each factor, with the product so far, after a second of rest."""
    products = itertools.accumulate(range(2, number + 1), operator.mul)
    for factor, product in enumerate(products, start=2):
        await asyncio.wait([asyncio.create_task(asyncio.sleep(1))])
        yield factor, product


async def factorial(name: str, number: int, report: Report) -> int:
    """The factorial of `number`; each step takes a second and is reported."""
    product = 1
    async with contextlib.aclosing(steps(number)) as growing:
        async for factor, product in growing:
            report(name, factor, product)
    return product


def start_all(numbers: Mapping[str, int], report: Report) -> dict[str, asyncio.Task[int]]:
    """A running task for each of `numbers`, by name."""
    return {name: asyncio.ensure_future(factorial(name, number, report)) for name, number in numbers.items()}


async def collect(tasks: Mapping[str, asyncio.Task[int]]) -> dict[str, int]:
    """Wait for `tasks`; the results, by name, of those that were not cancelled."""
    ended: asyncio.Queue[asyncio.Task[int]] = asyncio.Queue()
    for task in tasks.values():
        task.add_done_callback(ended.put_nowait)
    try:
        for _ in tasks:
            await ended.get()
    except asyncio.CancelledError:
        for task in tasks.values():
            task.cancel()
        raise
    return {name: task.result() for name, task in tasks.items() if not task.cancelled()}
