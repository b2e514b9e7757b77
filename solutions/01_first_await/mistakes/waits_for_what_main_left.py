"""cancellation: waits until the tasks that are left have ended by themselves."""

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
    async def all_of_it():
        result = await main()
        await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}))
        return result

    return asyncio.run(all_of_it())
