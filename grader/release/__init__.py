"""The students' repository: what a course gives to its students, and nothing else."""

from grader.release.errors import ReleaseError
from grader.release.folder import release
from grader.release.selection import select

__all__ = ["ReleaseError", "release", "select"]
