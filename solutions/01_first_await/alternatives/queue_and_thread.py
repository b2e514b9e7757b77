"""A wait that times out, a queue from the kettle to the pot, and a fresh thread for each program."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

#: A coroutine function without arguments: `await boil()` gives hot water.
Boil = Callable[[], Coroutine[Any, Any, str]]
#: A coroutine function: `await brew(water)` makes tea from the water.
Brew = Callable[[str], Coroutine[Any, Any, str]]
#: A coroutine function without arguments that is a whole program.
Main = Callable[[], Coroutine[Any, Any, str]]


def with_music(evening: Main, music: Main) -> Main:
    """A program that runs `evening` while `music` plays, and does not turn the music off."""
    playing = []

    async def main() -> str:
        playing.append(asyncio.create_task(music()))
        return await evening()

    return main


async def greet(name: str, delay: float) -> str:
    """Wait for `delay` seconds; the greeting for `name`."""
    nobody_comes = asyncio.Event()
    try:
        async with asyncio.timeout(delay):
            await nobody_comes.wait()
    except TimeoutError:
        pass
    return f"Hello, {name}!"


async def make_tea(boil: Boil, brew: Brew) -> str:
    """Boil water, then brew tea with it; the tea."""
    kettle: asyncio.Queue[str] = asyncio.Queue()

    async def fill() -> None:
        await kettle.put(await boil())

    async def pour() -> str:
        return await brew(await kettle.get())

    try:
        async with asyncio.TaskGroup() as kitchen:
            pot = kitchen.create_task(pour())
            kitchen.create_task(fill())
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0]
    return pot.result()


def start(main: Main) -> str:
    """Run `main` in an event loop, and leave no task running; what `main` returns."""
    with ThreadPoolExecutor(max_workers=1) as house:
        return house.submit(asyncio.run, evening(main)).result()


async def evening(main: Main) -> str:
    """What `main` returns, when the tasks that it has left have ended."""
    try:
        return await main()
    finally:
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
