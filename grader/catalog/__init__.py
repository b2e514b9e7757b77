"""The exercises on disk: what `exercises/`, `solutions/` and `tests/hidden/` hold."""

from grader.catalog.course import Course, course_root
from grader.catalog.declaration import CatalogError, Grading, Late, Track
from grader.catalog.exercise import Exercise, Mistake, read_mistake

__all__ = [
    "CatalogError",
    "Course",
    "Exercise",
    "Grading",
    "Late",
    "Mistake",
    "Track",
    "course_root",
    "read_mistake",
]
