"""concurrency: starts to brew when it starts to boil, with water that is not hot."""

import asyncio


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
    _, tea = await asyncio.gather(boil(), brew("water"))
    return tea


def start(main):
    return asyncio.run(main())
