"""What lateness takes from notebooks, by the same rule as from files."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from nbgrader.api import Gradebook
from nbgrader.preprocessors import AssignLatePenalties
from traitlets import Unicode

from grader.classroom.late import dated, penalty
from grader.notebooks.autograde import exercise_of


class AssignCoursePenalties(AssignLatePenalties):  # type: ignore[misc]
    """Stands where `AssignLatePenalties` stands, for exercises of a course that has a late rule.

    A due date that nbgrader has for the assignment stands above the deadlines of `course.toml`, and a student's
    extension in nbgrader prolongs either. Everything else is left to nbgrader's own plugin.
    """

    course = Unicode("", help="The folder of the course that holds the late rule.").tag(config=True)

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Write the penalty into nbgrader's database."""
        known = resources["nbgrader"]
        course, exercise = exercise_of(self.course, known["notebook"])
        if exercise is None or course.late.rule == "none":
            left: tuple[Any, Any] = super().preprocess(nb, resources)
            return left
        with Gradebook(known["db_url"]) as gradebook:
            submission = gradebook.find_submission(known["assignment"], known["student"])
            notebook = gradebook.find_submission_notebook(known["notebook"], known["assignment"], known["student"])
            due = _utc(submission.assignment.duedate) or dated(course.late.deadlines, exercise)
            extended = due + submission.extension if due and submission.extension else None
            taken = penalty(notebook.score, _utc(submission.timestamp), course.late, due, extended)
            notebook.late_submission_penalty = taken.points or None
            gradebook.db.commit()
        if taken.sentence:
            self.log.warning("%s: %s", known["student"], taken.sentence)
        return nb, resources


def _utc(time: datetime | None) -> datetime | None:
    """A time of nbgrader's, which are of UTC and do not say so."""
    return time.replace(tzinfo=UTC) if time is not None else None
