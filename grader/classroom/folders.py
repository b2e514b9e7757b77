"""The one place where a path in a student's folder is opened."""

from __future__ import annotations

import itertools
import os
import re
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath

MAX_BYTES = 256 * 1024

_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_FOLDER = os.O_RDONLY | _NO_FOLLOW | getattr(os, "O_DIRECTORY", 0)
# Opening a pipe would wait for ever without O_NONBLOCK, and a terminal would become this process's own.
_FILE = (
    os.O_RDONLY | _NO_FOLLOW | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)
)
_BY_DESCRIPTOR = os.open in os.supports_dir_fd and bool(_NO_FOLLOW)
_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_UTF8 = re.compile(rb"(?i:utf[-_]?8(?:[-_]sig)?|us-ascii|ascii)")
_BOM = b"\xef\xbb\xbf"


class RefusedError(Exception):
    """A file that will not be judged. The text is one sentence."""


class SpoiltError(RefusedError):
    """Nothing that the student handed in will be judged, whichever file is asked for."""


def read_source(folder: Path, place: str) -> bytes:
    """Read the source at `place` in `folder`, once, without following links or trusting sizes.

    Raises:
        FileNotFoundError: nothing lies there.
        RefusedError: what lies there is no source file.
    """
    with opened_file(folder, place) as descriptor:
        source = _read(descriptor, place)
    check_text(source, place)
    return source


@contextmanager
def opened_file(folder: Path, place: str) -> Iterator[int]:
    """The descriptor of the regular file at `place` in `folder`.

    Each part of the way is opened by its name in the folder before it, which stays the same folder whatever
    happens to its name meanwhile.

    Raises:
        FileNotFoundError: nothing lies there.
        RefusedError: what lies there is no regular file, or is reached by a link.
    """
    with ExitStack() as opened:
        descriptor = _open(folder, PurePosixPath(place).parts, opened)
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise RefusedError(f"{place} is not a regular file.")
        if found.st_nlink > 1:
            # In an unpacked archive this can be any file of the machine.
            raise RefusedError(f"{place} is a hard link; hand in a copy of the file.")
        yield descriptor


def _open(folder: Path, parts: tuple[str, ...], opened: ExitStack) -> int:
    if not parts or any(part in ("", ".", "..") or {"/", "\\", "\0"} & set(part) for part in parts):
        raise RefusedError("A file outside of the student's folder is not read.")
    where, parent, shown = folder, None, ""
    for number, part in enumerate(("", *parts)):
        shown = f"{shown}/{part}".lstrip("/")
        where = where / part if part else where
        last = number == len(parts)
        target = str(where) if parent is None or not _BY_DESCRIPTOR else part
        at = parent if _BY_DESCRIPTOR else None
        _refuse_link(target, at, shown)
        if not last and not _BY_DESCRIPTOR:
            continue
        try:
            parent = os.open(target, _FILE if last else _FOLDER, dir_fd=at)
        except FileNotFoundError:
            raise
        except NotADirectoryError as error:
            raise FileNotFoundError(shown) from error
        except OSError as error:
            raise _refusal(error, target, at, shown) from error
        opened.callback(os.close, parent)
    assert parent is not None
    return parent


def _refuse_link(target: str, at: int | None, shown: str) -> None:
    if stat.S_ISLNK(os.stat(target, dir_fd=at, follow_symlinks=False).st_mode):
        raise _link(shown)


def _link(shown: str) -> RefusedError:
    if shown:
        return RefusedError(f"{shown} is a symbolic link; hand in the file itself.")
    return SpoiltError("The student's folder is a symbolic link; links are not followed.")


def _refusal(error: OSError, target: str, at: int | None, shown: str) -> RefusedError:
    """Why something that is there cannot be opened."""
    try:
        mode = os.stat(target, dir_fd=at, follow_symlinks=False).st_mode
    except OSError:
        mode = 0
    what = shown or "The student's folder"
    if stat.S_ISLNK(mode):
        return _link(shown)
    # A folder cannot be opened as a file on Windows, nor a socket or an absent device anywhere.
    if mode and not stat.S_ISREG(mode) and not isinstance(error, PermissionError):
        return RefusedError(f"{what} is not a regular file.")
    refusal = RefusedError if shown else SpoiltError
    return refusal(f"{what} cannot be read: {error.strerror or 'unknown error'}.")


def _read(descriptor: int, place: str) -> bytes:
    chunks, left = [], MAX_BYTES + 1
    try:
        while left and (chunk := os.read(descriptor, left)):
            chunks.append(chunk)
            left -= len(chunk)
    except OSError as error:
        raise RefusedError(f"{place} cannot be read: {error.strerror or 'unknown error'}.") from error
    if not left:
        raise RefusedError(f"{place} is larger than {MAX_BYTES // 1024} KiB.")
    return b"".join(chunks)


def check_text(source: bytes, place: str) -> None:
    """Refuse what is not the plain UTF-8 that a reader sees."""
    try:
        source.decode("utf-8")
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        raise RefusedError(f"{place} is not UTF-8 text (line {line}).") from error
    if b"\0" in source:
        line = source.count(b"\n", 0, source.index(b"\0")) + 1
        raise RefusedError(f"{place} holds a NUL byte (line {line}).")
    # As Python looks for it: in the first two lines.
    for text in re.split(rb"\r\n|\r|\n", source.removeprefix(_BOM)[:2000])[:2]:
        cookie = _COOKIE.match(text)
        if cookie and not _UTF8.fullmatch(cookie[1]):
            raise RefusedError(f"{place} says that it is not UTF-8 text ({printable(cookie[1][:40].decode())}).")


def files(folder: Path, *, deepest: int, most: int) -> Iterator[str]:
    """Paths below a folder in a fixed order, as far as it is worth looking; links are not followed."""
    waiting: list[tuple[str, int]] = [("", 0)]
    left = most
    while waiting and left > 0:
        home, depth = waiting.pop(0)
        entries = _entries(folder / home, left)
        left -= len(entries) + 1
        below = []
        for name, is_folder in sorted(entries):
            place = f"{home}/{name}".lstrip("/")
            if not is_folder:
                yield place
            elif depth < deepest:
                below.append((place, depth + 1))
        waiting[:0] = below


def _entries(folder: Path, most: int) -> list[tuple[str, bool]]:
    try:
        with os.scandir(folder) as found:
            return [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in itertools.islice(found, most)]
    except OSError:
        return []


def printable(name: str) -> str:
    """A file name as text: it may hold line ends, terminal codes, and bytes that are no text.

    Two names never look the same: a backslash is doubled.
    """
    return "".join(
        letter if letter.isprintable() and letter != "\\" else letter.encode("unicode_escape").decode("ascii")
        for letter in name
    )
