"""concurrency: starts a course when the first dish of the course before is ready."""

import asyncio


async def cook_all(recipes):
    return await asyncio.gather(*(recipe() for recipe in recipes))


async def cook_courses(courses):
    running, tables = [], []
    try:
        for recipes in courses:
            tasks = [asyncio.create_task(recipe()) for recipe in recipes]
            running += tasks
            tables.append(tasks)
            if tasks:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return [[await task for task in tasks] for tasks in tables]
    finally:
        for task in running:
            task.cancel()
