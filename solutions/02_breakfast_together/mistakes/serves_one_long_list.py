"""correctness: returns one list of dishes, without a list for each course."""

import asyncio


async def cook_all(recipes):
    return await asyncio.gather(*(recipe() for recipe in recipes))


async def cook_courses(courses):
    dinner = []
    for recipes in courses:
        dinner += await cook_all(recipes)
    return dinner
