"""Why there is no release."""

from __future__ import annotations

from grader.problems import Problem


class ReleaseError(Problem):
    """The students' repository cannot be made, and nothing was written. The text is one sentence."""
