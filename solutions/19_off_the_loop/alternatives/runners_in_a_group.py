"""As many runners as the limit allows share an iterator; each read has a thread of its own."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future


def in_a_new_thread(function: Callable[[str], bytes], argument: str) -> "asyncio.Future[bytes]":
    """What a call in a thread of its own will return."""
    outcome: Future[bytes] = Future()

    def work() -> None:
        try:
            result = function(argument)
        except BaseException as error:
            settle, value = outcome.set_exception, error
        else:
            settle, value = outcome.set_result, result
        if outcome.set_running_or_notify_cancel():
            settle(value)

    threading.Thread(target=work, daemon=True).start()
    return asyncio.wrap_future(outcome)


async def hash_files(
    paths: Sequence[str],
    read: Callable[[str], bytes],
    digest: Callable[[bytes], str],
    *,
    cpu_pool: Executor,
    limit: int,
) -> dict[str, str]:
    """The digest of each file, with at most `limit` files in progress and the event loop free."""
    digests: dict[str, str] = {}
    remaining = iter(paths)
    failures: list[Exception] = []

    async def run() -> None:
        for path in remaining:
            try:
                content = await in_a_new_thread(read, path)
                digests[path] = await asyncio.wrap_future(cpu_pool.submit(digest, content))
            except Exception as error:
                failures.append(error)
                raise

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(limit):
                group.create_task(run())
    except ExceptionGroup:
        raise failures[0] from None
    return digests
