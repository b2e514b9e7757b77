"""Writes a class's result: JSON, CSV and pages, each file whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

import msgspec

from grader.records.results import ClassResult
from grader.reports.scoreboard import scores_csv
from grader.reports.student_page import index_page, student_page


def publish(result: ClassResult, out: Path) -> None:
    """Write `results.json`, `scores.csv`, `students/NAME.html` and `index.html` into `out`."""
    links: dict[str, str] = {}
    for student in result.students:
        write(out / "students" / f"{student.student}.html", student_page(student, result.machine))
        links[student.student] = quote(f"students/{student.student}.html")
    write(out / "results.json", msgspec.json.format(msgspec.json.encode(result), indent=2).decode())
    write(out / "scores.csv", scores_csv(result))
    # Last, so that the index never links to a page that is not there yet.
    write(out / "index.html", index_page(result, links))


def write(path: Path, text: str) -> None:
    """Write a file in one step: whoever reads it sees the old text or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{os.getpid()}.unfinished")
    try:
        unfinished.write_text(text, "utf-8", newline="")
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
