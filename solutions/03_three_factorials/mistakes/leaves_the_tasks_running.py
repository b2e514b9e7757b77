"""cancellation: leaves the tasks running when it is cancelled."""

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
    if tasks:
        await asyncio.wait(tasks.values())
    return {name: task.result() for name, task in tasks.items() if not task.cancelled()}
