"""The golden files are those of the scenes, and no others."""

from __future__ import annotations

from pathlib import Path

from tests.screens import test_instructor_screens as instructor
from tests.screens import test_student_screens as student


def test_no_golden_file_is_left_over() -> None:
    """A scene that is gone, or goes by another name, takes its files with it."""
    kept = {f"{name}_{form}" for name, scene in student.SCENES.items() for form in scene.forms}
    kept |= {f"{name}_{form}" for name in student.USAGES for form in ("wide", "chinese")}
    kept |= {f"{name}_{form}" for name in (*student.WATCHED, *student.FAULTS) for form in (*student.EVERY, "colour")}
    kept |= {f"{name}_{form}" for name in (*instructor.SCENES, *instructor.DIAGNOSES) for form in instructor.FORMS}

    assert {path.stem for path in (Path(__file__).parent / "golden").iterdir()} == kept
