"""Students whose work is the head of a branch, or of a clone of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from grader.classroom.folders import RefusedError, SpoiltError, printable
from grader.classroom.sources.git import Commit, Repository, git_folder, main_repository, refuse_borrowed_objects
from grader.classroom.sources.packed import OF_A_STUDENT, Entry, PackedTree
from grader.classroom.sources.tree import FolderTree, Spoilt
from grader.classroom.submissions import Part, Student, SubmissionsError

OpenRepository = Callable[[], AbstractContextManager[Repository]]


def branches(path: Path, pattern: str, held: ExitStack) -> list[Student]:
    """One branch for each student: those of the repository at `path` that fit `pattern`."""
    place = main_repository(path)
    if git_folder(place) is None:
        raise SubmissionsError(f"{path} is not a Git repository.")
    repository = held.enter_context(Repository.opened(place))

    @contextmanager
    def same() -> Iterator[Repository]:
        yield repository

    heads = repository.heads(pattern)
    if not heads:
        raise SubmissionsError(f"{path} has no branch that fits {pattern!r}.")
    return [Student(head.name, (_part(same, head.commit),)) for head in heads]


def clones(path: Path, held: ExitStack) -> list[Student]:
    """One repository for each student, in a folder; the commit is the one that is checked out."""
    if not path.is_dir():
        raise SubmissionsError(f"{path} is not a folder of repositories, one for each student.")
    if git_folder(path) is not None:
        raise SubmissionsError(f"{path} is one repository: name its branches with `grader branches`.")
    latest = _Latest()
    held.callback(latest.close)
    return [
        Student(printable(top.name), (_part(latest.opener(path / top.name)),))
        for top in FolderTree(path).tops()
        if top.is_folder
    ]


@dataclass(frozen=True)
class CheckedOut:
    """The commit at the head of a checkout and what it holds; `base` is what the commit it is compared with holds."""

    commit: str
    part: Part
    base: Part | None = None


@contextmanager
def checked_out(folder: Path, base: str = "") -> Iterator[CheckedOut]:
    """The commit that is checked out in `folder`, and the one from which it went another way than `base`.

    Raises:
        SubmissionsError: there is no such commit.
    """
    with ExitStack() as held:
        try:
            repository = held.enter_context(_own(folder))
            head = repository.head()
            start = repository.fork_point(repository.named(base), head) if base else ""
        except RefusedError as refusal:
            raise SubmissionsError(f"{folder} is not read: {refusal}") from refusal

        @contextmanager
        def same() -> Iterator[Repository]:
            yield repository

        yield CheckedOut(head, _part(same, head), _part(same, start) if start else None)


def _part(open_repository: OpenRepository, commit: str = "") -> Part:
    """What a commit holds and when it was made, or the sentence that says why nothing of it is read.

    Where no commit is named, it is the repository's own head.
    """
    try:
        with open_repository() as repository:
            name = commit or repository.head()
            handed_in = repository.committed(name)
    except RefusedError as refusal:
        return Part(Spoilt(str(refusal)))

    @contextmanager
    def opened() -> Iterator[Commit]:
        with open_repository() as repository:
            yield Commit(repository, name)

    def load() -> Sequence[Entry]:
        with opened() as container:
            return list(islice(container.entries(), OF_A_STUDENT.members + 1))

    return Part(PackedTree(opened, load, "The commit"), handed_in)


class _Latest:
    """Keeps the repository that was opened last open: a student's files are read one after the other."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._held = ExitStack()

    def opener(self, folder: Path) -> OpenRepository:
        """What opens the repository of a student, and closes that of another."""

        @contextmanager
        def opened() -> Iterator[Repository]:
            if folder != self._folder:
                self.close()
                self._repository = self._held.enter_context(_own(folder))
                self._folder = folder
            yield self._repository

        return opened

    def close(self) -> None:
        self._folder = None
        self._held.close()


@contextmanager
def _own(folder: Path) -> Iterator[Repository]:
    if folder.is_symlink():
        raise SpoiltError("The student's folder is a symbolic link; links are not followed.")
    refuse_borrowed_objects(folder)
    with Repository.opened(folder) as repository:
        yield repository
