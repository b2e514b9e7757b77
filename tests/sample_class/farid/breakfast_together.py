"""Ends the program when breakfast is ready."""

import asyncio
import sys


async def cook_all(recipes):
    dishes = await asyncio.gather(*(recipe() for recipe in recipes))
    print(dishes)
    sys.exit(0)


async def cook_courses(courses):
    return [await cook_all(recipes) for recipes in courses]
