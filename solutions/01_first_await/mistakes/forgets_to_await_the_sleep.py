"""concurrency: makes a sleep and does not await it, so that the greeting comes at once."""

import asyncio


def with_music(evening, music):
    playing = []

    async def main():
        playing.append(asyncio.create_task(music()))
        return await evening()

    return main


async def greet(name, delay):
    asyncio.sleep(delay)
    return f"Hello, {name}!"


async def make_tea(boil, brew):
    water = await boil()
    return await brew(water)


def start(main):
    return asyncio.run(main())
