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
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

import msgspec

from grader import reports
from grader.problems import Problem
from grader.records.brief import Brief
from grader.records.causes import Causes
from grader.records.results import ClassResult, Machine, StudentResult
from grader.reports.cells import Links
from grader.reports.class_page import class_page
from grader.reports.clean import clean_json
from grader.reports.exercise_page import exercise_page
from grader.reports.feedback import Feedback
from grader.reports.scoreboard import scores_csv
from grader.reports.student_page import SourceOf, student_page
from grader.reports.tallies import tallies

#: The file that says which pages there are, and what those of students were made of.
SAID = ".pages.json"


class PublishError(Problem):
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


def publish(
    results: Iterable[StudentResult],
    names: Iterable[str],
    machine: Machine,
    input_seed: int,
    out: Path,
    *,
    feedback: Feedback = "full",
    source_of: SourceOf | None = None,
) -> ClassResult:
    """Write `results.json`, `scores.csv` and the pages into `out`; return the class in brief.

    The pages are `students/NAME.html`, which link to nothing outside their folder, `exercises/NAME.html` and
    `index.html`. `feedback` says how much a student's page tells, and `source_of` finds what was handed in by its
    digest. `results` are those of the students `names`, one at a time, so that a class of any size needs little
    memory. A student's page that would say what it says already is left alone; pages that an earlier grading wrote of
    students or exercises that are not there any more are deleted.

    Raises:
        PublishError: they cannot be written.
    """
    pages, brief, causes = page_names(names), Brief(), Causes()
    aside = _Aside(out)
    students: list[StudentResult] = []
    with aside:
        aside.add("results.json", lambda: '{"students":[\n')
        for result in results:
            said = clean_json(msgspec.json.encode(result).decode())
            aside.add("results.json", partial(str.__add__, ",\n" if students else "", said))
            draw = partial(student_page, result, machine, feedback=feedback, source_of=source_of)
            aside.page(f"students/{pages[result.student]}", _stamp(machine, feedback, source_of, said), draw)
            causes.count(result)
            students.append(brief.student(result))
        whole = ClassResult(tuple(students), machine, input_seed)
        aside.add("results.json", lambda: f"\n],{_without_students(whole)}\n")
        aside.add("scores.csv", lambda: scores_csv(whole))
        _add_pages_of_class(aside, whole, causes, pages)
        aside.put_in_place()
    if aside.error is not None:
        raise PublishError(out, aside.error, whole) from aside.error
    return whole


def _add_pages_of_class(aside: _Aside, whole: ClassResult, causes: Causes, pages: Mapping[str, str]) -> None:
    """The pages that are for the instructor: one for each exercise, and the index."""
    tallied = tallies(whole)
    students = {student: quote(f"students/{page}") for student, page in pages.items()}
    files = page_names(tally.name for tally in tallied)
    exercises = {exercise: quote(f"exercises/{page}") for exercise, page in files.items()}
    for tally in tallied:
        place = f"exercises/{files[tally.name]}"
        aside.page(place, "", partial(exercise_page, tally, causes, whole.machine, Links(students, exercises, "../")))
    # Last, so that the index never links to a page that is not there yet.
    aside.add("index.html", lambda: class_page(whole, Links(students, exercises)))


def _stamp(machine: Machine, feedback: Feedback, source_of: SourceOf | None, said: str) -> str:
    """What a student's page is made of, as a digest."""
    where = msgspec.json.encode((msgspec.structs.replace(machine, real_seconds=0.0), feedback, source_of is not None))
    return hashlib.sha256(b"\0".join((_looks().encode(), where, said.encode("utf-8", "replace")))).hexdigest()


def _without_students(result: ClassResult) -> str:
    """The rest of the JSON of a class, after its students."""
    rest = clean_json(msgspec.json.encode(msgspec.structs.replace(result, students=())).decode())
    return rest.removeprefix('{"students":[],')


class _Aside:
    """Files that are written aside, then put in their places: a disk that fills up changes nothing.

    After the first `error` no more is written.
    """

    def __init__(self, out: Path) -> None:
        self.error: OSError | None = None
        self._out = out
        self._folder = out / f".{os.getpid()}.unfinished"
        self._places: list[str] = []
        self._said = _read_said(out / SAID)
        self._says: dict[str, str] = {}

    def __enter__(self) -> _Aside:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def add(self, place: str, text: Callable[[], str]) -> None:
        """Write more of the file at `place`."""
        if self.error is not None:
            return
        path = self._folder / place
        try:
            if place not in self._places:
                self._places.append(place)
                path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a", encoding="utf-8", newline="") as file:
                file.write(text())
        except OSError as error:
            self.error = error

    def page(self, place: str, stamp: str, draw: Callable[[], str]) -> None:
        """Write a page, unless the one that is there has the same stamp: made of the same by the same kit."""
        self._says[place] = stamp
        if not stamp or self._said.get(place) != stamp or not (self._out / place).is_file():
            self.add(place, draw)

    def put_in_place(self) -> None:
        """Put everything in its place, and pages of earlier gradings away, at once for anybody who interrupts."""
        self.add(SAID, lambda: msgspec.json.encode(self._says).decode())
        if self.error is not None:
            return
        try:
            for place in self._places:
                (self._out / place).parent.mkdir(exist_ok=True)
            with _uninterrupted():
                for place in self._places:
                    os.replace(self._folder / place, self._out / place)
                for place in self._left_over():
                    (self._out / place).unlink(missing_ok=True)
        except OSError as error:
            self.error = error

    def _left_over(self) -> list[str]:
        """Pages that an earlier grading wrote, of students or exercises that are not there any more."""
        mine = (place for place in self._said if _PAGE.fullmatch(place))
        return [place for place in mine if place not in self._says]


def _read_said(path: Path) -> dict[str, str]:
    """What the pages were made of; nothing where that is not known."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, str])
    except (OSError, msgspec.MsgspecError):
        return {}


@cache
def _looks() -> str:
    """What tells one state of the reports from another."""
    digest = hashlib.sha256()
    for path in sorted(Path(reports.__file__).parent.rglob("*")):
        if path.suffix in (".py", ".j2", ".css", ".js"):
            digest.update(path.read_bytes())
    return digest.hexdigest()


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


_PAGE = re.compile(r"(?:students|exercises)/[^/\\]+\.html")
# At most 60 characters are at most 240 bytes; what begins with a sign could be taken for an option.
_PLAIN_NAME = re.compile(r"\w(?:[\w .@+,()'-]{0,58}[\w)])?")
_RESERVED = re.compile(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)")


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


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
