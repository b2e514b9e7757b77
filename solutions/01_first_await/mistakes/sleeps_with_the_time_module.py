"""concurrency: waits with `time.sleep`, which stops the event loop and everybody on it."""

import asyncio
import time


def with_music(evening, music):
    playing = []

    async def main():
        playing.append(asyncio.create_task(music()))
        return await evening()

    return main


async def greet(name, delay):
    time.sleep(delay)
    return f"Hello, {name}!"


async def make_tea(boil, brew):
    water = await boil()
    return await brew(water)


def start(main):
    return asyncio.run(main())
