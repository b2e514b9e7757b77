"""Zip and tar archives, read where they lie: nothing is unpacked, and what is wrong with one is one sentence."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import stat
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import BinaryIO, cast

from grader.classroom.folders import RefusedError, SpoiltError
from grader.classroom.sources.packed import (
    HARD_LINK,
    IRREGULAR,
    LINK,
    MIB,
    OF_A_STUDENT,
    Container,
    Entry,
    Limits,
    OpenContainer,
    safe_parts,
)

SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")

_ENCRYPTED = "is encrypted; hand in an archive without a password."
_FLAG_ENCRYPTED = 0x1
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
# The headers of one member of a tar archive are read whole, and the directory of a zip archive is.
_MOST_AT_ONCE = MIB
_DIRECTORY_BYTES = 160
_XZ_MEMORY = 128 * MIB
_BLOCK = 64 * 1024


def is_archive_name(name: str) -> bool:
    """Whether a file of this name is taken for an archive."""
    return name.lower().endswith(SUFFIXES)


def stem(name: str) -> str:
    """`ada.tar.gz` -> `ada`"""
    suffix = max((suffix for suffix in SUFFIXES if name.lower().endswith(suffix)), key=len, default="")
    return name[: len(name) - len(suffix)]


@contextmanager
def opened(file: BinaryIO, what: str, limits: Limits) -> Iterator[Container]:
    """The archive in a file, known by what it begins with; `what` names it at the beginning of a sentence.

    Raises:
        SpoiltError: it is no archive, or one that is not to be read. The container's methods raise it too.
    """
    with ExitStack() as held:
        with _in_words(what):
            start = file.read(262)
            file.seek(0)
            if start.startswith(_ZIP):
                bounded = _Bounded(file, max(_MOST_AT_ONCE, limits.members * _DIRECTORY_BYTES))
                container: Container = _Zip(held.enter_context(zipfile.ZipFile(cast("BinaryIO", bounded))), what)
            else:
                container = _Tar(held.enter_context(_decompressed(file, start, limits)), what)
        yield container


@contextmanager
def _in_words(what: str) -> Iterator[None]:
    """Whatever is wrong with an archive, as one sentence."""
    try:
        yield
    except SpoiltError as refusal:
        raise SpoiltError(f"{what} is not read: {refusal}.") from refusal
    except RefusedError:
        raise
    except OSError as error:
        raise SpoiltError(f"{what} is not read: {error.strerror or 'it is damaged'}.") from error
    except Exception as error:
        # What these libraries raise at bytes made to break them has no end: struct.error, OverflowError, KeyError, …
        raise SpoiltError(f"{what} is not read: it is damaged, or no zip or tar archive.") from error


class _Bounded(io.RawIOBase):
    """A file of which no header is read that claims to be larger than `most`."""

    def __init__(self, file: BinaryIO, most: int = _MOST_AT_ONCE) -> None:
        self._file = file
        self._most = most

    def read(self, size: int | None = -1, /) -> bytes:
        asked = self._most + 1 if size is None or size < 0 else size
        found = self._file.read(min(asked, self._most + 1))
        if len(found) > self._most:
            raise SpoiltError("it has a header that is too large")
        return found

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True


class _Zip:
    def __init__(self, archive: zipfile.ZipFile, what: str) -> None:
        self._archive = archive
        self._what = what

    def entries(self) -> Iterator[Entry]:
        for info in self._archive.infolist():
            # `filename` is cut at a NUL byte, and would be another file's name.
            parts, unsafe = safe_parts(info.orig_filename)
            yield Entry(
                parts,
                info,
                info.file_size,
                info.compress_size,
                is_folder=info.is_dir(),
                refusal=_zip_refusal(info),
                unsafe=unsafe,
            )

    def contents(self, entry: Entry, most: int) -> bytes:
        assert isinstance(entry.key, zipfile.ZipInfo)
        with _in_words(self._what), self._archive.open(entry.key) as member:
            # One byte more: what the directory says of sizes is not believed, and the check sum is at the end.
            return _at_most(member.read(most + 1), most, entry)


def _zip_refusal(info: zipfile.ZipInfo) -> str:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return LINK
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return IRREGULAR
    return _ENCRYPTED if info.flag_bits & _FLAG_ENCRYPTED else ""


class _Tar:
    def __init__(self, file: BinaryIO, what: str) -> None:
        self._file = file
        self._what = what

    def entries(self) -> Iterator[Entry]:
        with _in_words(self._what), tarfile.open(fileobj=cast("BinaryIO", _Bounded(self._file)), mode="r:") as archive:
            while (member := archive.next()) is not None:
                # tarfile would keep all members that it has seen.
                archive.members = []  # type: ignore[attr-defined]
                parts, unsafe = safe_parts(member.name)
                yield Entry(
                    parts,
                    member.offset_data,
                    max(member.size, 0),
                    is_folder=member.isdir(),
                    refusal=_tar_refusal(member),
                    unsafe=unsafe,
                )

    def contents(self, entry: Entry, most: int) -> bytes:
        assert isinstance(entry.key, int)
        with _in_words(self._what):
            self._file.seek(entry.key)
            contents = self._file.read(min(entry.size, most + 1))
            if len(contents) < min(entry.size, most + 1):
                raise SpoiltError("it ends too early")
        return _at_most(contents, most, entry)


def _tar_refusal(member: tarfile.TarInfo) -> str:
    if member.issym():
        return LINK
    if member.islnk():
        return HARD_LINK
    if member.isdir() or (member.isreg() and not member.issparse()):
        return ""
    return IRREGULAR


def _at_most(contents: bytes, most: int, entry: Entry) -> bytes:
    if len(contents) > most:
        raise RefusedError(f"{entry.place} is larger than {most // 1024} KiB.")
    return contents


@contextmanager
def _decompressed(file: BinaryIO, start: bytes, limits: Limits) -> Iterator[BinaryIO]:
    """The tar archive itself: where it was compressed, in a temporary file that has no name."""
    if start[257:262] == b"ustar":
        yield file
        return
    decompress = next((each for magic, each in _COMPRESSIONS.items() if start.startswith(magic)), None)
    if decompress is None:
        raise SpoiltError("it is no zip or tar archive")
    with tempfile.TemporaryFile() as plain:
        for block in decompress(file):
            plain.write(block)
            if plain.tell() > limits.unpacked:
                raise SpoiltError(f"it would unpack to more than {limits.unpacked // MIB:,} MiB")
            if plain.tell() > max(limits.harmless, file.tell() * limits.ratio):
                raise SpoiltError(f"it would unpack to more than {limits.ratio} times its size")
        plain.seek(0)
        yield cast("BinaryIO", plain)


def _gunzip(file: BinaryIO) -> Iterator[bytes]:
    with gzip.GzipFile(fileobj=file) as packed:
        yield from iter(lambda: packed.read(_BLOCK), b"")


def _bunzip(file: BinaryIO) -> Iterator[bytes]:
    with bz2.BZ2File(file) as packed:
        yield from iter(lambda: packed.read(_BLOCK), b"")


def _unxz(file: BinaryIO) -> Iterator[bytes]:
    # The header asks for a dictionary of up to 4 GiB, which `lzma.LZMAFile` would give it.
    decompressor = lzma.LZMADecompressor(memlimit=_XZ_MEMORY)
    while not decompressor.eof:
        block = file.read(_BLOCK) if decompressor.needs_input else b""
        if decompressor.needs_input and not block:
            raise SpoiltError("it ends too early")
        yield decompressor.decompress(block, _BLOCK)


_COMPRESSIONS: dict[bytes, Callable[[BinaryIO], Iterator[bytes]]] = {
    b"\x1f\x8b": _gunzip,
    b"BZh": _bunzip,
    b"\xfd7zXZ\0": _unxz,
}


def opener(open_file: Callable[[], AbstractContextManager[BinaryIO]], what: str) -> OpenContainer:
    """What opens a student's archive, anew each time, so that a class of archives is never open all at once."""

    @contextmanager
    def open_archive() -> Iterator[Container]:
        with open_file() as file, opened(file, what, OF_A_STUDENT) as container:
            yield container

    return open_archive
