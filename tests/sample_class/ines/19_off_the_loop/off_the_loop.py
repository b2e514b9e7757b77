"""Threads read, the pool digests, and the event loop only hands the work on."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor


async def hash_files(
    paths: Sequence[str],
    read: Callable[[str], bytes],
    digest: Callable[[bytes], str],
    *,
    cpu_pool: Executor,
    limit: int,
) -> dict[str, str]:
    """The digest of each file, with at most `limit` files in progress and the event loop free."""
    loop = asyncio.get_running_loop()
    places = asyncio.Semaphore(limit)

    async def hash_file(path: str) -> str:
        # The place is kept until the digest is known: a content that waits for the pool is in memory too.
        async with places:
            content = await asyncio.to_thread(read, path)
            return await loop.run_in_executor(cpu_pool, digest, content)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = {path: group.create_task(hash_file(path)) for path in paths}
    except* Exception as failures:
        failure = failures.exceptions[0]
    else:
        return {path: task.result() for path, task in tasks.items()}
    raise failure
