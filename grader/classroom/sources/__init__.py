"""Submissions from everywhere: a source yields students, and each of them gives what was handed in, and when."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from grader.classroom.folders import RefusedError
from grader.classroom.sources import layouts
from grader.classroom.sources.archives import opened as opened_archive
from grader.classroom.sources.git import git_folder
from grader.classroom.sources.heads import branches, clones
from grader.classroom.sources.kinds import KINDS, Kind, Look, recognise
from grader.classroom.sources.packed import OF_A_CLASS, PackedTree, spoils, unwrapped
from grader.classroom.sources.tree import FolderTree, Top, Tree
from grader.classroom.submissions import Student, SubmissionsError

_LAYOUTS: dict[Kind, Callable[[Tree], list[Student]]] = {
    "folders": layouts.folders,
    "archive": layouts.archives,
    "moodle": layouts.moodle,
    "canvas": layouts.canvas,
    "nbgrader": layouts.nbgrader,
}


@dataclass(frozen=True)
class Source:
    """Where submissions lie: a folder or an archive, or the branches of a repository that fit a pattern.

    Where no kind is named, it is recognised from what lies there.
    """

    path: Path
    kind: Kind | None = None
    branches: str = ""

    @contextmanager
    def students(self) -> Iterator[tuple[Student, ...]]:
        """The students, sorted by name. They are read while this is open, by one thread at a time.

        Raises:
            SubmissionsError: there are none, or what lies there cannot be read.
        """
        with ExitStack() as held:
            found = self._branches(held) if self.branches else self._found(held)
            if not found:
                raise SubmissionsError(f"{self.path} holds no submissions: it needs one folder for each student.")
            yield layouts.distinct(found)

    def _found(self, held: ExitStack) -> list[Student]:
        tree = self._tree(held)
        kind = self.kind or self._recognised(tree)
        if kind == "git":
            return clones(self.path, held)
        if kind == "archive" and not isinstance(tree, FolderTree):
            return layouts.folders(tree)
        return _LAYOUTS[kind](tree)

    def _tree(self, held: ExitStack) -> Tree:
        if self.path.is_dir():
            return FolderTree(self.path)
        if not self.path.is_file():
            raise SubmissionsError(f"{self.path} is not a folder of submissions, nor an archive.")
        file: BinaryIO = held.enter_context(self.path.open("rb"))
        try:
            container = held.enter_context(opened_archive(file, str(self.path), OF_A_CLASS))
            entries = list(islice(container.entries(), OF_A_CLASS.members + 1))
        except RefusedError as refusal:
            raise SubmissionsError(str(refusal)) from refusal
        if len(entries) > OF_A_CLASS.members:
            raise SubmissionsError(f"{self.path} is not read: {spoils(entries, OF_A_CLASS)}.")

        found = unwrapped(entries, of_class=True)
        return PackedTree(lambda: nullcontext(container), lambda: found, str(self.path), limits=None)

    def _recognised(self, tree: Tree) -> Kind:
        if isinstance(tree, FolderTree) and git_folder(self.path) is not None:
            raise SubmissionsError(
                f"{self.path} is a Git repository: name its branches with `grader branches`, or the kind of the "
                "submissions in its folder with --from folders."
            )
        try:
            return recognise(_look(tree))
        except SubmissionsError as error:
            raise SubmissionsError(f"{self.path} holds no submissions: {error}") from error

    def _branches(self, held: ExitStack) -> list[Student]:
        try:
            return branches(self.path, self.branches, held)
        except RefusedError as refusal:
            raise SubmissionsError(f"{self.path} is not read: {refusal}") from refusal


def _look(tree: Tree) -> Look:
    tops = tree.tops()
    folders = [top.name for top in tops if top.is_folder]
    on_disk = tree.folder if isinstance(tree, FolderTree) else None
    return Look(
        folders=folders,
        files=[top.name for top in tops if not top.is_folder],
        stamped=[name for name in folders if _is_stamped(tree.below(name))],
        repositories=[name for name in folders if on_disk is not None and git_folder(on_disk / name) is not None],
        is_archive=on_disk is None,
    )


def _is_stamped(home: Tree) -> bool:
    # nbgrader stamps each assignment, so that the first tells.
    first = next((top.name for top in home.tops() if top.is_folder), None)
    return first is not None and Top(layouts.TIMESTAMP, is_folder=False) in home.below(first).tops()


__all__ = ["KINDS", "Kind", "Look", "Source", "recognise"]
