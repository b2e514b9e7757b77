"""Each step is awaited in its place; `asyncio.run` starts the program and cleans up after it."""

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


async def greet(name: str, delay: float) -> str:
    """Wait for `delay` seconds; the greeting for `name`."""
    await asyncio.sleep(delay)
    return f"Hello, {name}!"


async def make_tea(boil: Boil, brew: Brew) -> str:
    """Boil water, then brew tea with it; the tea."""
    water = await boil()
    return await brew(water)


def start(main: Main) -> str:
    """Run `main` in an event loop, and leave no task running; what `main` returns."""
    return asyncio.run(main())
