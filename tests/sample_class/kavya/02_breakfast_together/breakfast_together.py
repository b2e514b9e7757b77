"""Sleeps between two recipes, with the whole kitchen standing still."""

import asyncio
import time


async def cook_all(recipes):
    tasks = []
    for recipe in recipes:
        tasks.append(asyncio.create_task(recipe()))
        time.sleep(0.5)
    return await asyncio.gather(*tasks)


async def cook_courses(courses):
    return [await cook_all(recipes) for recipes in courses]
