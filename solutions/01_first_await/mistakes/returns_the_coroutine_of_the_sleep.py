"""correctness: returns the coroutine that would wait and give the greeting."""

import asyncio


def with_music(evening, music):
    playing = []

    async def main():
        playing.append(asyncio.create_task(music()))
        return await evening()

    return main


async def greet(name, delay):
    return asyncio.sleep(delay, f"Hello, {name}!")


async def make_tea(boil, brew):
    water = await boil()
    return await brew(water)


def start(main):
    return asyncio.run(main())
