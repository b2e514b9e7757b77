"""cancellation: awaits the files in their order, and so sees a failure only when all before it are done."""

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

    async def hash_file(path: str) -> str:
        async with places:
            content = await asyncio.to_thread(read, path)
            return await asyncio.get_running_loop().run_in_executor(cpu_pool, digest, content)

    files = {path: asyncio.create_task(hash_file(path)) for path in paths}
    try:
        return {path: await file for path, file in files.items()}
    finally:
        for file in files.values():
            file.cancel()
