"""concurrency: a lock lets only one call make tea."""

import asyncio

kitchen = asyncio.Lock()


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
    async with kitchen:
        return await brew(await boil())


def start(main):
    return asyncio.run(main())
