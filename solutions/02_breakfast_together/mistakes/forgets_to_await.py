"""correctness: returns coroutines that nobody awaits."""

import asyncio


async def cook_all(recipes):
    return [recipe() for recipe in recipes]


async def cook_courses(courses):
    return [await cook_all(recipes) for recipes in courses]
