"""correctness: rests and reports for the factor 1 too."""

import asyncio


async def factorial(name, number, report):
    product = 1
    for factor in range(1, number + 1):
        await asyncio.sleep(1)
        product *= factor
        report(name, factor, product)
    return product


def start_all(numbers, report):
    return {name: asyncio.create_task(factorial(name, number, report)) for name, number in numbers.items()}


async def collect(tasks):
    await asyncio.gather(*tasks.values(), return_exceptions=True)
    return {name: task.result() for name, task in tasks.items() if not task.cancelled()}
