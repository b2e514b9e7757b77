"""The ledger that a pipeline keeps from one run to the next, in a folder that the service caches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from grader.atomic import replacing
from grader.classroom.ledger import LEDGER, Ledger, LedgerError
from grader.classroom.seal import Key, SealError, seal, unseal

SEALED = "verdicts.sealed"


@contextmanager
def cached(folder: Path | None, key: Key | None, tell: Callable[[str], None]) -> Iterator[Ledger]:
    """The ledger in `folder`, or one that is forgotten.

    Where suites are sealed, verdicts are too: they hold values of hidden tests, and whoever can write to the cache
    could write verdicts. What cannot be opened is told and begun anew, because everything in a cache can be had again.
    """
    if folder is None:
        with Ledger.in_memory() as ledger:
            yield ledger
        return
    folder.mkdir(parents=True, exist_ok=True)
    if key is None:
        with Ledger(folder / LEDGER) as ledger:
            yield ledger
        return
    path = folder / SEALED
    with _opened(path, key, tell) as ledger:
        yield ledger
        content = seal("verdicts", ledger.contents(), key)
    try:
        with replacing(path) as stream:
            stream.write(content)
    except OSError as error:
        tell(f"The verdicts cannot be kept in {path}: {error.strerror or error}.")


def _opened(path: Path, key: Key, tell: Callable[[str], None]) -> Ledger:
    try:
        return Ledger.in_memory(unseal("verdicts", path.read_bytes(), key, str(path)))
    except FileNotFoundError:
        pass
    except (SealError, LedgerError, OSError) as error:
        tell(f"Everything is judged again. {error}")
    return Ledger.in_memory()
