"""Archives and repositories made for the tests, the hostile ones among them."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from grader.catalog import Exercise
from grader.classroom.sources import Source
from grader.classroom.submissions import Student

FILE = "bounded_downloads.py"


@pytest.fixture
def exercise(course_builder) -> Exercise:
    """The exercise that everybody in these tests hands in."""
    course_builder.add("12_bounded_downloads")
    return course_builder.load().find("12")


def zip_of(files: Mapping[str, bytes | str]) -> bytes:
    """A zip archive, compressed."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, contents in files.items():
            archive.writestr(name, contents)
    return file.getvalue()


def tar_of(files: Mapping[str, bytes | str | tarfile.TarInfo], compression: str = "") -> bytes:
    """A tar archive; a `TarInfo` is put in as it is."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=f"w:{compression}") as archive:  # type: ignore[call-overload]
        for name, contents in files.items():
            if isinstance(contents, tarfile.TarInfo):
                contents.name = name
                archive.addfile(contents)
            else:
                data = contents.encode() if isinstance(contents, str) else contents
                member = tarfile.TarInfo(name)
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
    return file.getvalue()


@pytest.fixture
def read(exercise: Exercise, tmp_path: Path) -> Callable[..., dict[str, bytes | str]]:
    """What each student handed in: the source, or the sentence why there is none. Nothing is written meanwhile."""

    def read_all(path: Path, kind: str | None = None, branches: str = "") -> dict[str, bytes | str]:
        before = everything(tmp_path)
        with Source(path, kind, branches).students() as students:  # type: ignore[arg-type]
            found = {student.name: student.read(exercise) for student in students}
        assert everything(tmp_path) == before
        assert all((each.source is None) == bool(each.problem) for each in found.values())
        return {name: each.source if each.source is not None else each.problem for name, each in found.items()}

    return read_all


@pytest.fixture
def students() -> Callable[..., tuple[Student, ...]]:
    """The students of a source, once it is closed again."""

    def found(path: Path, kind: str | None = None, branches: str = "") -> tuple[Student, ...]:
        with Source(path, kind, branches).students() as students:  # type: ignore[arg-type]
            return students

    return found


def everything(folder: Path) -> set[str]:
    """All paths below a folder."""
    return {os.path.join(home, name) for home, folders, files in os.walk(folder) for name in (*folders, *files)}


class Git:
    """A repository in a folder, written with Git's own commands."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.run("init", "--quiet", "--initial-branch=main", *options)

    def run(self, *arguments: str, stdin: bytes = b"", **environment: str) -> str:
        plain = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
        identity = {
            f"GIT_{who}_{what}": value
            for who in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", "Ada"), ("EMAIL", "ada@school.test"), ("DATE", "2026-10-01T23:00:00+02:00"))
        }
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.folder,
            env={**plain, "GIT_CONFIG_GLOBAL": os.devnull, **identity, **environment},
            input=stdin,
            capture_output=True,
            check=True,
        )
        return done.stdout.decode().strip()

    def blob(self, contents: str | bytes) -> str:
        data = contents.encode() if isinstance(contents, str) else contents
        return self.run("hash-object", "-w", "--stdin", stdin=data)

    def tree(self, *entries: tuple[str, str, str]) -> str:
        """A tree of (mode, name of the object, path), whatever these are."""
        index = self.folder / "made-index"
        listing = "".join(f"{mode} {name}\t{path}\0" for mode, name, path in entries)
        self.run("update-index", "-z", "--index-info", stdin=listing.encode(), GIT_INDEX_FILE=str(index))
        made = self.run("write-tree", "--missing-ok", GIT_INDEX_FILE=str(index))
        index.unlink()
        return made

    def commit(self, files: Mapping[str, str | bytes], branch: str = "main", date: str = "") -> str:
        """A commit of these files at the head of a branch."""
        tree = self.tree(*(("100644", self.blob(contents), path) for path, contents in files.items()))
        return self.commit_tree(tree, branch, date)

    def commit_tree(self, tree: str, branch: str = "main", date: str = "") -> str:
        dates = {"GIT_COMMITTER_DATE": date} if date else {}
        commit = self.run("commit-tree", tree, "-m", "work", **dates)
        self.run("update-ref", f"refs/heads/{branch}", commit)
        return commit


@pytest.fixture
def repository(tmp_path: Path) -> Callable[..., Git]:
    """Makes repositories in folders of these names."""

    def make(name: str, *options: str) -> Git:
        return Git(tmp_path / name, *options)

    return make
