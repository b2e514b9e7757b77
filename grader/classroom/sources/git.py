"""Commits in a Git repository, read without a working tree and without the repository's own configuration."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Timer
from typing import IO

from grader.classroom.folders import RefusedError, SpoiltError, printable, read_source
from grader.classroom.sources.packed import LINK, MIB, Entry, safe_parts
from grader.classroom.submissions import SubmissionsError

_SECONDS = 60.0
_MEMORY = 2048 * MIB
_MOST_LISTED = 16 * MIB
_MOST_OF_A_COMMIT = MIB
_SUBMODULE = "is a submodule; hand in the files themselves."
_NAME = re.compile(rb"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_HEAD = re.compile(r"ref: refs/[^\0\n]+|[0-9a-f]{40}(?:[0-9a-f]{24})?")
_REVISION = re.compile(r"[^\s\0-\x1f\x7f]{1,255}")
_COMMITTER = re.compile(rb"^committer [^\n]*> (\d{1,12}) [+-]\d{4}$", re.MULTILINE)


@dataclass(frozen=True)
class Head:
    """A branch and the commit at its head. The name is printable."""

    name: str
    commit: str


class Repository:
    """A repository whose objects are read, and of which nothing else is.

    Git works in a folder of its own making, which holds the repository's objects and refs as links, and none of its
    configuration, hooks, attributes or replacements: whatever these say, they are not there. It may use no protocol,
    so that nothing is fetched that a repository says it lacks.
    """

    def __init__(self, place: Path, home: Path) -> None:
        self._place = place
        self._home = home
        self._batch: subprocess.Popen[bytes] | None = None

    @classmethod
    @contextmanager
    def opened(cls, folder: Path) -> Iterator[Repository]:
        """The repository in a folder, bare or with a working tree.

        Raises:
            SpoiltError: there is none that can be read.
        """
        place = git_folder(folder)
        if place is None:
            raise SpoiltError("The student's folder is not a Git repository.")
        with ExitStack() as held:
            home = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="grader-git-")))
            repository = cls(place, home)
            repository._prepare()
            held.callback(repository._close)
            yield repository

    def heads(self, pattern: str) -> tuple[Head, ...]:
        """The branches that fit a pattern such as `student/*`: local ones, or else those of a remote.

        They are named without what stands before the pattern's first wildcard.
        """
        before = re.split(r"[*?\[]", pattern, maxsplit=1)[0]
        fixed = before[: before.rfind("/") + 1]
        for home in ("refs/heads/", "refs/remotes/*/"):
            listed = self._run("for-each-ref", "--format=%(objectname) %(symref) %(refname)", home + pattern)
            found: list[Head] = []
            for line in listed.decode("utf-8", "surrogateescape").split("\n")[:-1]:
                commit, symref, ref = line.split(" ", 2)
                if not symref:
                    branch = "/".join(ref.split("/")[home.count("/") :])
                    found.append(Head(printable(branch.removeprefix(fixed)), commit))
            if found:
                return tuple(found)
        return ()

    def head(self) -> str:
        """The commit that is checked out, or would be."""
        try:
            return self._run("rev-parse", "--verify", "--quiet", "HEAD^{commit}").decode().strip()
        except SpoiltError as error:
            raise SpoiltError("The student's repository has no commit.") from error

    def named(self, revision: str) -> str:
        """The commit that a revision such as `main` or `HEAD~1` means, a branch of the remote's included."""
        for name in (revision, f"refs/remotes/origin/{revision}"):
            if _REVISION.fullmatch(revision):
                with suppress(SpoiltError):
                    asked = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
                    return self._run(*asked).decode().strip()
        raise SpoiltError(f"The repository has no commit {printable(revision)}.")

    def fork_point(self, base: str, commit: str) -> str:
        """The commit from which `commit` went its own way; `base` itself where the history does not reach so far."""
        try:
            return self._run("merge-base", base, commit).decode().strip()
        except SpoiltError:
            return base

    def committed(self, commit: str) -> datetime:
        """When a commit was made, as it says itself."""
        kind, text = self._object(commit, _MOST_OF_A_COMMIT)
        header = text.partition(b"\n\n")[0]
        written = _COMMITTER.findall(header)
        if kind != "commit" or len(written) != 1:
            raise SpoiltError("The commit does not say when it was made.")
        try:
            return datetime.fromtimestamp(int(written[0]), UTC)
        except (OverflowError, ValueError, OSError) as error:
            raise SpoiltError("The commit does not say when it was made.") from error

    def listed(self, commit: str) -> Iterator[Entry]:
        """Everything in a commit."""
        listing = self._run("ls-tree", "-r", "-l", "-z", "--full-tree", commit, most=_MOST_LISTED)
        for line in listing.split(b"\0")[:-1]:
            about, _, name = line.partition(b"\t")
            mode, _, digest, size = about.decode().split()
            parts, unsafe = safe_parts(os.fsdecode(name))
            refusal = {"120000": LINK, "160000": _SUBMODULE}.get(mode, "")
            yield Entry(parts, digest, int(size) if size.isdecimal() else 0, refusal=refusal, unsafe=unsafe)

    def contents(self, entry: Entry, most: int) -> bytes:
        """The bytes of a file in a commit."""
        assert isinstance(entry.key, str)
        kind, contents = self._object(entry.key, most)
        if kind != "blob":
            raise SpoiltError("The repository is damaged.")
        return contents

    def _prepare(self) -> None:
        try:
            (self._home / "HEAD").write_text(_head(self._place), "ascii")
            (self._home / "config").write_text(self._config(), "ascii")
            (self._home / "refs").symlink_to((self._place / "refs").absolute())
            if (self._place / "packed-refs").is_file():
                (self._home / "packed-refs").symlink_to((self._place / "packed-refs").absolute())
        except OSError as error:
            raise SpoiltError(f"The repository cannot be read: {error.strerror or error}.") from error

    def _config(self) -> str:
        """Git's configuration for this repository, of which only the kind of its objects' names is its own."""
        # Large files are streamed, and packs mapped in pieces: a repository cannot take the machine's memory.
        plain = (
            "[core]\n\trepositoryformatversion = 1\n\tbare = true\n\tbigFileThreshold = 1m\n"
            "\tpackedGitWindowSize = 32m\n\tpackedGitLimit = 256m\n\tcommitGraph = false\n"
        )
        try:
            said = read_source(self._place, "config").lower()
        except (OSError, RefusedError):
            said = b""
        if b"objectformat" in said:
            # Git itself reads this one value, and includes no other file for it.
            asked = ("config", "--file", str(self._place / "config"), "--no-includes", "extensions.objectformat")
            if self._run(*asked, check=False).strip() == b"sha256":
                return plain + "[extensions]\n\tobjectFormat = sha256\n"
        return plain

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "LC_ALL": "C",
            "HOME": str(self._home),
            "GIT_DIR": str(self._home),
            "GIT_OBJECT_DIRECTORY": str((self._place / "objects").absolute()),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_ALLOW_PROTOCOL": "none",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_TERMINAL_PROMPT": "0",
        }

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        try:
            process = subprocess.Popen(
                ["git", "--no-pager", *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=self._home,
                env=self._environment(),
            )
        except FileNotFoundError as error:
            raise SubmissionsError("Git is not installed here, and is needed to read repositories.") from error
        _limit_memory(process)
        return process

    def _run(self, *arguments: str, most: int = _MOST_LISTED, check: bool = True) -> bytes:
        process = self._start(*arguments)
        with _watched(process), process:
            assert process.stdout is not None
            # A few trees that hold each other many times list to more than any disk holds.
            listed = process.stdout.read(most + 1)
            if len(listed) > most:
                process.kill()
                raise SpoiltError("The repository is not read: it lists too many files.")
        if check and process.returncode:
            raise SpoiltError("The repository is damaged, or lacks objects.")
        return listed

    def _object(self, name: str, most: int) -> tuple[str, bytes]:
        """The kind and the bytes of an object."""
        if not _NAME.fullmatch(name.encode()):
            raise SpoiltError("The repository is damaged.")
        if self._batch is None:
            self._batch = self._start("cat-file", "--batch")
        with _watched(self._batch):
            try:
                return self._answer(self._batch, name, most)
            except (OSError, ValueError, RefusedError) as error:
                # What it would say next belongs to this question still.
                self._close()
                if isinstance(error, RefusedError):
                    raise
                raise SpoiltError("The repository is damaged, or lacks objects.") from error

    def _answer(self, batch: subprocess.Popen[bytes], name: str, most: int) -> tuple[str, bytes]:
        assert batch.stdin is not None
        assert batch.stdout is not None
        batch.stdin.write(f"{name}\n".encode())
        batch.stdin.flush()
        _, kind, size = _line(batch.stdout).split(" ")
        if int(size) > most:
            raise RefusedError(f"A file in the repository is larger than {most // 1024} KiB.")
        contents = batch.stdout.read(int(size) + 1)
        if len(contents) != int(size) + 1:
            raise ValueError("too short")
        return kind, contents[:-1]

    def _close(self) -> None:
        if self._batch is not None:
            self._batch.kill()
            # What it was not yet asked cannot be written any more.
            with suppress(OSError), self._batch:
                self._batch = None


class Commit:
    """One commit as a container."""

    def __init__(self, repository: Repository, commit: str) -> None:
        self._repository = repository
        self._commit = commit

    def entries(self) -> Iterator[Entry]:
        return self._repository.listed(self._commit)

    def contents(self, entry: Entry, most: int) -> bytes:
        return self._repository.contents(entry, most)


def git_folder(folder: Path) -> Path | None:
    """Where a repository's objects and refs lie, or None where a folder is none. Links are not followed."""
    for place in (folder / ".git", folder):
        parts = (place, place / "objects", place / "refs")
        if all(part.is_dir() and not part.is_symlink() for part in parts) and (place / "HEAD").is_file():
            return place
    return None


def main_repository(folder: Path) -> Path:
    """The repository to which a folder belongs that is one of its additional working trees; else the folder."""
    link = folder / ".git"
    if not link.is_file():
        return folder
    try:
        place = folder / link.read_text("utf-8").removeprefix("gitdir:").strip()
        common = place / "commondir"
        return place / common.read_text("utf-8").strip() if common.is_file() else place
    except (OSError, UnicodeDecodeError):
        return folder


def refuse_borrowed_objects(folder: Path) -> None:
    """A student's clone may not borrow objects from another repository of this machine."""
    place = git_folder(folder)
    if place is not None and os.path.lexists(place / "objects" / "info" / "alternates"):
        raise SpoiltError("The student's repository borrows objects from another; hand in a whole clone.")


def _head(place: Path) -> str:
    try:
        head = read_source(place, "HEAD").decode().strip()
    except RefusedError as refusal:
        raise SpoiltError(f"The repository cannot be read: {refusal}") from refusal
    if not _HEAD.fullmatch(head) or not head.isascii():
        # HEAD names no branch that Git would find; each branch can be asked for all the same.
        return "ref: refs/heads/none\n"
    return f"{head}\n"


def _line(stream: IO[bytes]) -> str:
    return stream.readline(200).decode("ascii", "replace").strip()


def _limit_memory(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "linux":
        import resource

        # Where it has ended already there is nothing to limit.
        with suppress(ProcessLookupError):
            resource.prlimit(process.pid, resource.RLIMIT_AS, (_MEMORY, _MEMORY))


@contextmanager
def _watched(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """End a process that takes too long: a pipe in a repository would keep it waiting for ever."""
    timer = Timer(_SECONDS, process.kill)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
