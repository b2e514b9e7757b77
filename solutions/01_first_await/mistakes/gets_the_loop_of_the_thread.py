"""correctness: asks for the current event loop, which a new thread does not have."""

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
    water = await boil()
    return await brew(water)


def start(main):
    loop = asyncio.get_event_loop()
    return loop.run_until_complete(main())
