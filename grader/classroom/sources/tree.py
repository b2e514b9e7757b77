"""What a source holds, as a tree of names: on disk, in an archive, or in a commit."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Protocol

from grader.classroom.folders import SpoiltError, files, opened_file, read_source
from grader.classroom.submissions import Files

# How far a misplaced file is searched for; a student may hand in any number of files.
SEARCHED_DEPTH = 3
SEARCHED_ENTRIES = 2000
# More than any class has students, and than any student has files.
_MOST_TOPS = 100_000


@dataclass(frozen=True)
class Top:
    """A name at the top of a tree."""

    name: str
    is_folder: bool


class Tree(Files, Protocol):
    """Files that lie in folders."""

    def tops(self) -> Sequence[Top]:
        """What lies at the top and is visible, sorted by name."""
        ...

    def below(self, name: str) -> Tree:
        """The folder of this name at the top."""
        ...

    def opened(self, place: str) -> AbstractContextManager[BinaryIO]:
        """The file at a place, which can be sought in.

        Raises:
            FileNotFoundError: nothing lies there.
            RefusedError: what lies there is no regular file.
        """
        ...


def is_visible(name: str) -> bool:
    """Whether a name is not one of those that tools and systems leave behind."""
    return not name.startswith((".", "__"))


@dataclass(frozen=True)
class FolderTree:
    """A folder on disk, read without following links."""

    folder: Path

    def tops(self) -> Sequence[Top]:
        if self.folder.is_symlink():
            return ()
        try:
            with os.scandir(self.folder) as entries:
                # A link to a folder is refused as a student's, rather than left out in silence.
                found = [Top(entry.name, entry.is_dir()) for entry in islice(entries, _MOST_TOPS)]
        except OSError:
            # Reading it says why.
            return ()
        return sorted((top for top in found if is_visible(top.name)), key=lambda top: top.name)

    def below(self, name: str) -> FolderTree:
        return FolderTree(self.folder / name)

    def read(self, place: str) -> bytes:
        return read_source(self.folder, place)

    def places(self) -> Iterator[str]:
        return files(self.folder, deepest=SEARCHED_DEPTH, most=SEARCHED_ENTRIES)

    @contextmanager
    def opened(self, place: str) -> Iterator[BinaryIO]:
        with opened_file(self.folder, place) as descriptor, os.fdopen(os.dup(descriptor), "rb") as file:
            yield file


@dataclass(frozen=True)
class Renamed:
    """Files of a tree under the names that their student gave them, where a course system has changed those."""

    tree: Tree
    names: dict[str, str]

    def read(self, place: str) -> bytes:
        if place not in self.names:
            raise FileNotFoundError(place)
        return self.tree.read(self.names[place])

    def places(self) -> Iterator[str]:
        return iter(sorted(self.names))


@dataclass(frozen=True)
class Spoilt:
    """Files of which none can be read, and the sentence why."""

    problem: str

    def read(self, place: str) -> bytes:
        raise SpoiltError(self.problem)

    def places(self) -> Iterator[str]:
        return iter(())


@contextmanager
def in_memory(contents: bytes) -> Iterator[BinaryIO]:
    """Bytes as a file."""
    with io.BytesIO(contents) as file:
        yield file
