"""cancellation: takes every CancelledError for that of a task, its own too."""

import asyncio


async def factorial(name, number, report):
    product = 1
    for factor in range(2, number + 1):
        await asyncio.sleep(1)
        product *= factor
        report(name, factor, product)
    return product


def start_all(numbers, report):
    return {name: asyncio.create_task(factorial(name, number, report)) for name, number in numbers.items()}


async def collect(tasks):
    results = {}
    for name, task in tasks.items():
        try:
            results[name] = await task
        except asyncio.CancelledError:
            continue
    return results
