"""correctness: calls itself until the number is 1, which 0 never becomes."""

import asyncio


async def factorial(name, number, report):
    if number == 1:
        return 1
    product = number * await factorial(name, number - 1, report)
    await asyncio.sleep(1)
    report(name, number, product)
    return product


def start_all(numbers, report):
    return {name: asyncio.create_task(factorial(name, number, report)) for name, number in numbers.items()}


async def collect(tasks):
    await asyncio.gather(*tasks.values(), return_exceptions=True)
    return {name: task.result() for name, task in tasks.items() if not task.cancelled()}
