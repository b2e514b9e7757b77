"""The event loop's own tools: a timer fills a Future in, a task group owns each step, a coroutine cleans up."""

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
    loop = asyncio.get_running_loop()
    arrived = loop.create_future()
    timer = loop.call_later(delay, arrived.set_result, None)
    try:
        await arrived
    finally:
        timer.cancel()
    return f"Hello, {name}!"


async def make_tea(boil: Boil, brew: Brew) -> str:
    """Boil water, then brew tea with it; the tea."""
    result = ""
    for step in (boil, lambda: brew(result)):
        try:
            async with asyncio.TaskGroup() as kitchen:
                task = kitchen.create_task(step())
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None
        result = task.result()
    return result


def start(main: Main) -> str:
    """Run `main` in an event loop, and leave no task running; what `main` returns."""

    async def tidy() -> str:
        try:
            return await main()
        finally:
            left = asyncio.all_tasks() - {asyncio.current_task()}
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)

    return asyncio.run(tidy())
