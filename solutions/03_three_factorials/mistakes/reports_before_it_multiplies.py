"""correctness: reports a step before it multiplies, with the product of the step before."""

import asyncio


async def factorial(name, number, report):
    product = 1
    for factor in range(2, number + 1):
        await asyncio.sleep(1)
        report(name, factor, product)
        product *= factor
    return product


def start_all(numbers, report):
    return {name: asyncio.create_task(factorial(name, number, report)) for name, number in numbers.items()}


async def collect(tasks):
    await asyncio.gather(*tasks.values(), return_exceptions=True)
    return {name: task.result() for name, task in tasks.items() if not task.cancelled()}
