"""Writes a class's result: JSON, CSV and pages, all of them whole or none at all."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import tempfile
import threading
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import msgspec

from grader.records.results import ClassResult
from grader.reports.clean import clean_json
from grader.reports.scoreboard import scores_csv
from grader.reports.student_page import index_page, student_page


class PublishError(Exception):
    """The results cannot be written, and what was there before is as it was. The text is one sentence.

    `result` is what was to be written, where that is known already.
    """

    def __init__(self, out: Path, error: OSError, result: ClassResult | None = None) -> None:
        super().__init__(f"The results cannot be written to {out}: {error.strerror or error}.")
        self.result = result


def make_ready(out: Path) -> None:
    """Make the folder `out`, and find out that it can be written to before there are results.

    Raises:
        PublishError: it cannot.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):
            pass
    except OSError as error:
        raise PublishError(out, error) from error


def publish(result: ClassResult, out: Path) -> None:
    """Write `results.json`, `scores.csv`, `students/NAME.html` and `index.html` into `out`.

    Raises:
        PublishError: they cannot be written.
    """
    names = page_names(student.student for student in result.students)
    links = {student: quote(f"students/{page}") for student, page in names.items()}
    files = {f"students/{names[student.student]}": student_page(student, result.machine) for student in result.students}
    files["results.json"] = clean_json(msgspec.json.format(msgspec.json.encode(result), indent=2).decode())
    files["scores.csv"] = scores_csv(result)
    # Last, so that the index never links to a page that is not there yet.
    files["index.html"] = index_page(result, links)
    try:
        _write_all(out, files)
    except OSError as error:
        raise PublishError(out, error, result) from error


def page_names(students: Iterable[str]) -> dict[str, str]:
    """A file name for each student's page: the name where every system takes it, else one made from it.

    No two are the same, on file systems that do not tell small letters from large ones either.
    """
    pages: dict[str, str] = {}
    used: set[str] = set()
    for student in sorted(students):
        page = student
        if not _PLAIN_NAME.fullmatch(student) or _RESERVED.match(student) or _folded(student) in used:
            stem = re.sub(r"[^A-Za-z0-9]+", "-", student)[:40].strip("-") or "student"
            page = f"{stem}-{hashlib.sha256(student.encode()).hexdigest()[:12]}"
        while _folded(page) in used:
            page += "-"
        used.add(_folded(page))
        pages[student] = f"{page}.html"
    return pages


# At most 60 characters are at most 240 bytes; what begins with a sign could be taken for an option.
_PLAIN_NAME = re.compile(r"\w(?:[\w .@+,()'-]{0,58}[\w)])?")
_RESERVED = re.compile(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)")


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def _write_all(out: Path, files: Mapping[str, str]) -> None:
    """Write all files aside, then put each in its place: a disk that fills up changes nothing."""
    unfinished = out / f".{os.getpid()}.unfinished"
    try:
        for place, text in files.items():
            (unfinished / place).parent.mkdir(parents=True, exist_ok=True)
            (unfinished / place).write_text(text, "utf-8", newline="")
            (out / place).parent.mkdir(exist_ok=True)
        with _uninterrupted():
            for place in files:
                os.replace(unfinished / place, out / place)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Hold Ctrl-C back for a moment."""
    if threading.current_thread() is not threading.main_thread():
        # Only the main thread is ever interrupted.
        yield
        return
    asked: list[int] = []
    before = signal.signal(signal.SIGINT, lambda signum, frame: asked.append(signum))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before if before is not None else signal.SIG_DFL)
        if asked:
            signal.raise_signal(signal.SIGINT)
