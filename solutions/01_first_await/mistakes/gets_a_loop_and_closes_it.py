"""correctness: gets an event loop once and closes it, so that the second call fails."""

import asyncio

loop = asyncio.new_event_loop()


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
    try:
        return loop.run_until_complete(main())
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
            loop.run_until_complete(asyncio.wait([task]))
        loop.close()
