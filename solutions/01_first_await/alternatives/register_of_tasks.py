"""A task factory that registers what the program starts, and the steps as an asynchronous generator."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
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
    await asyncio.wait([asyncio.get_running_loop().create_future()], timeout=delay)
    return f"Hello, {name}!"


async def steps(boil: Boil, brew: Brew) -> AsyncIterator[str]:
    """What each step gives, when it is ready."""
    water = await boil()
    yield water
    yield await brew(water)


async def make_tea(boil: Boil, brew: Brew) -> str:
    """Boil water, then brew tea with it; the tea."""
    return [result async for result in steps(boil, brew)][-1]


def start(main: Main) -> str:
    """Run `main` in an event loop, and leave no task running; what `main` returns."""
    register: list[asyncio.Task[Any]] = []

    def make_task(loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, Any], **options: Any) -> Any:
        register.append(asyncio.Task(coroutine, loop=loop, **options))
        return register[-1]

    with asyncio.Runner() as runner:
        runner.get_loop().set_task_factory(make_task)
        try:
            return runner.run(main())
        finally:
            running = [task for task in register if not task.done()]
            for task in running:
                task.cancel()
            if running:
                runner.run(asyncio.wait(running))
