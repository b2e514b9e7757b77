"""The threads hand the files on among themselves; the event loop waits for a single future."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor


class Relay:
    """Files on their way through both pools, of which `limit` are in progress."""

    def __init__(
        self,
        paths: Sequence[str],
        read: Callable[[str], bytes],
        digest: Callable[[bytes], str],
        cpu_pool: Executor,
        limit: int,
    ) -> None:
        self._paths, self._read, self._digest, self._cpu_pool = iter(paths), read, digest, cpu_pool
        self._readers = ThreadPoolExecutor(limit)
        self._lock = threading.RLock()
        self._stopped = False
        self._left = len(paths)
        self._under_way: set[Future[bytes] | Future[str]] = set()
        self._digests: dict[str, str] = {}
        self.outcome: Future[dict[str, str]] = Future()
        if not paths:
            self.outcome.set_result({})
        for _ in range(min(limit, len(paths))):
            self._begin_next()

    def _begin_next(self) -> None:
        with self._lock:
            path = None if self._stopped else next(self._paths, None)
            if path is not None:
                self._watch(self._readers.submit(self._read, path), lambda content: self._has_read(path, content))

    def _has_read(self, path: str, content: bytes) -> None:
        self._watch(self._cpu_pool.submit(self._digest, content), lambda result: self._has_digested(path, result))

    def _has_digested(self, path: str, result: str) -> None:
        self._digests[path] = result
        self._left -= 1
        if not self._left:
            self.outcome.set_result(self._digests)
        self._begin_next()

    def _watch(self, future: Future, then: Callable) -> None:
        def ended(future: Future) -> None:
            with self._lock:
                self._under_way.discard(future)
                if self._stopped:
                    return
                try:
                    result = future.result()
                except CancelledError:
                    return
                except BaseException as error:
                    self.stop()
                    self.outcome.set_exception(error)
                    return
                then(result)

        self._under_way.add(future)
        future.add_done_callback(ended)

    def stop(self) -> None:
        """Begin nothing more, and give up what waits for a thread."""
        with self._lock:
            self._stopped = True
            for future in list(self._under_way):
                future.cancel()
            self._readers.shutdown(wait=False)


async def hash_files(
    paths: Sequence[str],
    read: Callable[[str], bytes],
    digest: Callable[[bytes], str],
    *,
    cpu_pool: Executor,
    limit: int,
) -> dict[str, str]:
    """The digest of each file, with at most `limit` files in progress and the event loop free."""
    relay = Relay(paths, read, digest, cpu_pool, limit)
    try:
        return await asyncio.wrap_future(relay.outcome)
    finally:
        relay.stop()
