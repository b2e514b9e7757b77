"""correctness: runs all programs in one event loop, so that two threads cannot start theirs at the same time."""

import asyncio
from collections.abc import Callable, Coroutine
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


house = asyncio.Runner()


async def greet(name: str, delay: float) -> str:
    """Wait for `delay` seconds; the greeting for `name`."""
    await asyncio.sleep(delay)
    return f"Hello, {name}!"


async def make_tea(boil: Boil, brew: Brew) -> str:
    """Boil water, then brew tea with it; the tea."""
    return await brew(await boil())


def start(main: Main) -> str:
    """Run `main` in an event loop, and leave no task running; what `main` returns."""
    return house.run(evening(main))


async def evening(main: Main) -> str:
    """What `main` returns, when the tasks that it has left have ended."""
    try:
        return await main()
    finally:
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
