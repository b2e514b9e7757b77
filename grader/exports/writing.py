"""Puts the files of an export in their places, each of them whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from grader.atomic import replacing
from grader.exports.files import Export, File, named
from grader.exports.reading import ExportError


def write(export: Export, out: Path) -> list[Path]:
    """Write an export of one file to `out`; where it needs more, they lie beside it, numbered.

    Raises:
        ExportError: they cannot be written.
    """
    paths = []
    for number, file in enumerate(export, 1):
        paths.append(out if number == 1 else out.with_name(f"{out.stem}-{number}{out.suffix}"))
        _write(file, paths[-1])
    return paths


def write_folder(export: Export, out: Path) -> list[Path]:
    """Write the files of an export into the folder `out`.

    What lies there already and is no part of the export is left alone, and named in a remark.

    Raises:
        ExportError: they cannot be written.
    """
    with _sentences(out):
        out.mkdir(parents=True, exist_ok=True)
    paths = []
    for file in export:
        paths.append(out / file.name)
        _write(file, paths[-1])
    with _sentences(out):
        strange = sorted({path.name for path in out.iterdir()} - {path.name for path in paths})
    if strange:
        export.remarks.append(f"{out} also holds what is no part of this export: {named(strange)}.")
    return paths


def put(content: bytes, path: Path) -> None:
    """Write `content` to `path`, all of it or nothing.

    Raises:
        ExportError: it cannot be written.
    """
    with _aside(path) as stream:
        stream.write(content)


def _write(file: File, path: Path) -> None:
    with _aside(path) as stream:
        for piece in file.pieces:
            stream.write(piece.encode())


@contextmanager
def _aside(path: Path) -> Iterator[IO[bytes]]:
    """A stream beside `path`, which is put in its place when all of it is written."""
    with _sentences(path), replacing(path) as stream:
        yield stream


@contextmanager
def _sentences(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ExportError(f"The export cannot be written to {path}: {error.strerror or error}.") from error
