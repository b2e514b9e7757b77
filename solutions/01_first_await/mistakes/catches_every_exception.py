"""correctness: catches the failure of a step, and returns no tea."""

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
    try:
        return await brew(await boil())
    except Exception:
        return ""


def start(main):
    return asyncio.run(main())
