"""correctness: pairs the names with the results in the order in which the tasks end."""

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
    try:
        results = []
        for task in asyncio.as_completed(tasks.values()):
            try:
                results.append(await task)
            except asyncio.CancelledError:
                if asyncio.current_task().cancelling():
                    raise
        return dict(zip([name for name, task in tasks.items() if not task.cancelled()], results))
    finally:
        for task in tasks.values():
            task.cancel()
