"""Files inside an archive or a commit: an index of what is safe to read, and why the rest is not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import BinaryIO, Protocol

from grader.catalog.exercise import FOLDER_NAME
from grader.classroom.folders import MAX_BYTES, RefusedError, SpoiltError, check_text, printable
from grader.classroom.sources.tree import SEARCHED_DEPTH, SEARCHED_ENTRIES, Top, in_memory, is_visible

MIB = 1024 * 1024
#: How large an archive inside another may be; it is read into memory.
MAX_NESTED_BYTES = 16 * MIB

LINK = "is a symbolic link; hand in the file itself."
HARD_LINK = "is a hard link; hand in a copy of the file."
IRREGULAR = "is not a regular file."

# As long as a path may be on Linux.
_LONGEST_NAME = 4096
_SHOWN = 200
_MOST_WRAPPERS = 5
_DRIVE = re.compile(r"[A-Za-z]:")


@dataclass(frozen=True)
class Limits:
    """What an archive may hold. One that unpacks to less than `harmless` may do so from any number of bytes."""

    members: int
    unpacked: int
    ratio: int = 200
    harmless: int = 16 * MIB


OF_A_STUDENT = Limits(members=10_000, unpacked=256 * MIB)
# A thousand students who hand in nearly the same pack to next to nothing.
OF_A_CLASS = Limits(members=200_000, unpacked=2048 * MIB, harmless=2048 * MIB)


@dataclass(frozen=True, slots=True)
class Entry:
    """One name in a container. `key` is how the container finds its bytes.

    `refusal` says why these bytes are never read: what follows the place in a sentence. `unsafe` says why the name
    itself is none, and then `parts` are those before the fault: whose folder it claims to lie in.
    """

    parts: tuple[str, ...]
    key: object = None
    size: int = 0
    packed: int = 0
    is_folder: bool = False
    refusal: str = ""
    unsafe: str = ""

    @property
    def place(self) -> str:
        return "/".join(self.parts)


class Container(Protocol):
    """An archive or a commit that is open. Whatever is wrong with it is a `SpoiltError`."""

    def entries(self) -> Iterable[Entry]:
        """Everything in it, in its own order; nothing is read but names and sizes."""
        ...

    def contents(self, entry: Entry, most: int) -> bytes:
        """The bytes of an entry, of which there may be no more than `most`."""
        ...


OpenContainer = Callable[[], AbstractContextManager[Container]]


def safe_parts(name: str) -> tuple[tuple[str, ...], str]:
    """The parts of a name in a container, up to the first that could lead out of it, and what is wrong there."""
    shown = printable(name[:_SHOWN])
    if len(name) > _LONGEST_NAME:
        return safe_parts(name[:_SHOWN])[0][:1], f"`{shown}…` is too long a name"
    if name.startswith(("/", "\\")) or _DRIVE.match(name):
        return (), f"`{shown}` is an absolute path"
    parts: list[str] = []
    for part in name.split("/"):
        if part == ".." or "\\" in part or "\0" in part:
            return tuple(parts), f"`{shown}` leads out of its folder" if part == ".." else f"`{shown}` is no plain name"
        if part not in ("", "."):
            parts.append(part)
    return tuple(parts), ""


class PackedTree:
    """A part of a container: all of it, or what lies below a folder in it.

    What is wrong with a student's part spoils that part only, so that there are no limits for what a class shares.
    Nothing is ever unpacked: a file's bytes are read when they are asked for, as many as a source may have.
    """

    def __init__(
        self,
        open_container: OpenContainer,
        load: Callable[[], Sequence[Entry]],
        what: str,
        limits: Limits | None = OF_A_STUDENT,
    ) -> None:
        self._open = open_container
        self._load = load
        self._what = what
        self._limits = limits

    @classmethod
    def whole(cls, open_container: OpenContainer, what: str) -> PackedTree:
        """All that one student's container holds, without a folder that wraps everything else.

        `what` names the container at the beginning of a sentence.
        """

        def load() -> Sequence[Entry]:
            with open_container() as container:
                entries = list(islice(container.entries(), OF_A_STUDENT.members + 1))
            if fault := spoils(entries, OF_A_STUDENT):
                raise SpoiltError(f"{what} is not read: {fault}.")
            return unwrapped(entries)

        return cls(open_container, load, what, limits=None)

    @cached_property
    def _loaded(self) -> tuple[Sequence[Entry], str]:
        try:
            entries = self._load()
        except RefusedError as refusal:
            return (), str(refusal)
        except OSError as error:
            return (), f"{self._what} is not read: {error.strerror or 'unknown error'}."
        fault = spoils(entries, self._limits) if self._limits is not None else ""
        return entries, fault and f"{self._what} is not read: {fault}."

    @cached_property
    def _by_top(self) -> dict[str, list[Entry]]:
        found: dict[str, list[Entry]] = {}
        for entry in self._loaded[0]:
            if entry.parts:
                found.setdefault(entry.parts[0], []).append(entry)
        return found

    @cached_property
    def _by_place(self) -> dict[str, list[Entry]]:
        found: dict[str, list[Entry]] = {}
        for entry in self._loaded[0]:
            found.setdefault(entry.place, []).append(entry)
        return found

    def tops(self) -> Sequence[Top]:
        return [
            Top(name, any(map(_is_folder, entries)))
            for name, entries in sorted(self._by_top.items())
            if is_visible(name)
        ]

    def below(self, name: str, what: str = "The student's part of the archive") -> PackedTree:
        entries = [replace(entry, parts=entry.parts[1:]) for entry in self._by_top.get(name, ())]
        # The folder's own entry is not something in it, unless it is no folder.
        inside = [entry for entry in entries if entry.parts or entry.unsafe or entry.refusal]
        return PackedTree(self._open, lambda: inside, what)

    def read(self, place: str) -> bytes:
        source = self._contents(place, MAX_BYTES)
        check_text(source, place)
        return source

    def opened(self, place: str) -> AbstractContextManager[BinaryIO]:
        return in_memory(self._contents(place, MAX_NESTED_BYTES))

    def places(self) -> Iterator[str]:
        files = (
            entry.place
            for entry in self._loaded[0]
            if not entry.is_folder and not entry.unsafe and 0 < len(entry.parts) <= SEARCHED_DEPTH + 1
        )
        return iter(sorted(islice(files, SEARCHED_ENTRIES)))

    def _contents(self, place: str, most: int) -> bytes:
        _, spoilt = self._loaded
        if spoilt:
            raise SpoiltError(spoilt)
        parts = place.split("/")
        for way in ("/".join(parts[:length]) for length in range(1, len(parts))):
            for entry in self._by_place.get(way, ()):
                if entry.refusal and not entry.is_folder:
                    raise RefusedError(f"{way} {entry.refusal}")
        found = self._by_place.get(place, [])
        if not found:
            raise FileNotFoundError(place)
        entry = found[0]
        if len(found) > 1:
            raise RefusedError(f"{place} is there {len(found)} times; hand in one of them.")
        if entry.refusal or entry.is_folder:
            raise RefusedError(f"{place} {entry.refusal or IRREGULAR}")
        if entry.size > most:
            raise RefusedError(f"{place} is larger than {most // 1024} KiB.")
        with self._open() as container:
            return container.contents(entry, most)


def spoils(entries: Sequence[Entry], limits: Limits) -> str:
    """Why nothing of these entries may be read, or nothing."""
    if len(entries) > limits.members:
        return f"it holds more than {limits.members:,} files"
    for entry in entries:
        if entry.unsafe:
            return entry.unsafe
        if not entry.parts and entry.refusal:
            return f"it {entry.refusal.partition(';')[0]}"
    unpacked, packed = sum(entry.size for entry in entries), sum(entry.packed for entry in entries)
    if unpacked > limits.unpacked:
        return f"it would unpack to more than {limits.unpacked // MIB:,} MiB"
    if packed and unpacked > max(limits.harmless, packed * limits.ratio):
        return f"it would unpack to more than {limits.ratio} times its size"
    return ""


def unwrapped(entries: Sequence[Entry], *, of_class: bool = False) -> Sequence[Entry]:
    """The entries without folders that hold all others: who packs a folder often packs its name too.

    A folder of the exercises' layout is no wrapper, nor is the only student's folder of a class.
    """
    for _ in range(_MOST_WRAPPERS):
        visible = [entry for entry in entries if entry.parts and is_visible(entry.parts[0])]
        if not _has_wrapper(visible, of_class=of_class):
            break
        inner = [replace(entry, parts=entry.parts[1:]) for entry in visible]
        # What has no parts belongs to nobody.
        entries = [entry for entry in inner if entry.parts]
    return entries


def _has_wrapper(entries: Sequence[Entry], *, of_class: bool) -> bool:
    tops = {entry.parts[0] for entry in entries}
    within = {entry.parts[1] for entry in entries if len(entry.parts) > 1 and is_visible(entry.parts[1])}
    if len(tops) != 1 or not within or any(map(_is_layout, tops)):
        return False
    files = {entry.parts[-1] for entry in entries if len(entry.parts) == 1 + of_class and not entry.is_folder}
    if of_class:
        return within != files and not any(name.endswith(".py") or _is_layout(name) for name in within)
    return not files


def _is_folder(entry: Entry) -> bool:
    # A link is shown as a student's folder, and refused as one, rather than left out in silence.
    return len(entry.parts) > 1 or entry.is_folder or bool(entry.unsafe) or entry.refusal == LINK


def _is_layout(name: str) -> bool:
    return name == "exercises" or FOLDER_NAME.fullmatch(name) is not None
