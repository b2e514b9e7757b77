"""cancellation: shields the boiling, which goes on when the caller has been cancelled."""

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
    water = await asyncio.shield(boil())
    return await brew(water)


def start(main):
    return asyncio.run(main())
