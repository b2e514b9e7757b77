"""concurrency: keeps one kettle for all calls, so that one brews with the water of another."""

import asyncio

kettle = None


def with_music(evening, music):
    playing = []

    async def main():
        playing.append(asyncio.create_task(music()))
        return await evening()

    return main


async def greet(name, delay):
    await asyncio.sleep(delay)
    return f"Hello, {name}!"


async def make_tea(boil, brew):
    global kettle
    if kettle is None or kettle.done():
        kettle = asyncio.create_task(boil())
    return await brew(await kettle)


def start(main):
    return asyncio.run(main())
