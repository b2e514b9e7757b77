"""cancellation: gathers without `return_exceptions`, so that one cancelled task ends the whole call."""

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
    results = await asyncio.gather(*tasks.values())
    return dict(zip(tasks, results))
