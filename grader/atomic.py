"""Files that are replaced whole or not at all, whatever happens on the way."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

#: How often a file is put in its place where that is refused, and the real seconds in between.
ATTEMPTS, RETRY_SECONDS = 25, 0.02


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """A stream beside `path`, which is put in its place when all of it is written; else `path` is as it was.

    Raises:
        OSError: it cannot be written.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    try:
        with aside.open("wb") as stream:
            yield stream
        _put_in_place(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def _put_in_place(aside: Path, path: Path) -> None:
    """`os.replace`, which on Windows is refused while anybody reads the file: a scanner, another `grader`."""
    for _ in range(ATTEMPTS - 1):
        try:
            return os.replace(aside, path)
        except PermissionError:
            time.sleep(RETRY_SECONDS)
    os.replace(aside, path)
