"""Off the loop: read and digest files while the event loop stays free."""

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
    # TODO: keep the event loop free while the files are read and digested.
    return {path: digest(read(path)) for path in paths}
