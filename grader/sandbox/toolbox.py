"""What the judge can reach in a child: the submission's names, and a few things that must be made there."""

from __future__ import annotations

import asyncio
import gc
import types
from collections.abc import Callable, Sequence
from typing import Any

import aiohttp
from aiohttp import web


class Toolbox:
    """Object 0 of the sandbox. A name that begins with ``kit:`` is the kit's; any other is the submission's."""

    def __init__(self, module: types.ModuleType) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        if name.startswith("kit:"):
            return getattr(_Kit, name.removeprefix("kit:"))
        try:
            return vars(self._module)[name]
        except KeyError:
            raise AttributeError(f"{self._module.__file__} defines no {name!r}") from None


class _Kit:
    @staticmethod
    async def session(options: dict[str, Any]) -> aiohttp.ClientSession:
        """A `ClientSession` of the sandbox. `connector` holds the options of a `TCPConnector`."""
        connector = options.pop("connector", None)
        if (timeout := options.pop("timeout", None)) is not None:
            options["timeout"] = aiohttp.ClientTimeout(**timeout)
        return aiohttp.ClientSession(connector=connector and aiohttp.TCPConnector(**connector), **options)

    @staticmethod
    async def serve(app: web.Application, host: str, port: int, options: dict[str, Any]) -> web.AppRunner:
        """The runner of an application that is now served at `host` and `port`."""
        runner = web.AppRunner(app, **options)
        await runner.setup()
        await web.TCPSite(runner, host, port).start()
        return runner

    @staticmethod
    async def open_connection(host: str, port: int, limit: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Streams of the sandbox, for code that is handed a connection."""
        return await asyncio.open_connection(host, port, limit=limit)

    @staticmethod
    async def leftovers() -> list[str]:
        """The tasks that are still pending, the one that asks left out."""
        me = asyncio.current_task()
        tasks = sorted(asyncio.all_tasks() - {me}, key=hash)
        return [getattr(task.get_coro(), "__qualname__", task.get_name()) for task in tasks]

    @staticmethod
    async def settle() -> None:
        """Let everything that can run at this instant run, with the clock standing still."""
        loop: Any = asyncio.get_running_loop()
        for _ in range(1000):
            await asyncio.sleep(0)
            if not loop._ready:
                break

    @staticmethod
    async def collect_garbage() -> None:
        """Run the garbage collector, as it might run at any moment."""
        gc.collect()

    @staticmethod
    async def heartbeat() -> None:
        """Answer as soon as the event loop is free."""

    @staticmethod
    async def in_thread(function: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """What a plain function returns that runs in a thread of its own."""
        return await asyncio.to_thread(function, *args, **kwargs)

    @staticmethod
    async def coroutine(resume: Callable[[object, BaseException | None], tuple[bool, Any]]) -> object:
        """A coroutine whose body is in the test: `resume` runs that to its next await, which takes place here."""
        ended, result = resume(None, None)
        while not ended:
            value, error = None, None
            try:
                value = await result
            except GeneratorExit:
                raise
            except BaseException as exc:
                error = exc
            ended, result = resume(value, error)
        return result

    @staticmethod
    def thread_pool(workers: int) -> Any:
        """A `ThreadPoolExecutor` of the sandbox."""
        import concurrent.futures

        return concurrent.futures.ThreadPoolExecutor(workers)
