"""correctness: digests a file only if there is something in it."""

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
    places = asyncio.Semaphore(limit)
    digests: dict[str, str] = {}

    async def hash_file(path: str) -> None:
        async with places:
            content = await asyncio.to_thread(read, path)
            if content:
                digests[path] = await asyncio.get_running_loop().run_in_executor(cpu_pool, digest, content)

    files = [asyncio.create_task(hash_file(path)) for path in paths]
    try:
        await asyncio.gather(*files)
    finally:
        for file in files:
            file.cancel()
    return digests
