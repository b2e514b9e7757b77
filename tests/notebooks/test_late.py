"""Lateness of notebooks, in nbgrader's own database."""

from __future__ import annotations

import os
from datetime import datetime, timedelta

import nbformat
import pytest
from nbgrader.api import Gradebook
from traitlets.config import Config

from grader.notebooks.late import AssignCoursePenalties
from grader.notebooks.programs import put_programs_on_path

# nbgrader's own way of adding a submission makes SQLAlchemy warn.
pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")

RULE = '\n[late]\nrule = "per-day"\nrate = 0.1\ngrace_minutes = 15\n\n[late.deadlines]\n'
TRACK = "basics = 2026-10-01T12:00:00+02:00\n"


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    """nbgrader's database: making one takes a second or two."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PATH", os.environ["PATH"])
        put_programs_on_path()
        url = f"sqlite:///{tmp_path_factory.mktemp('nbgrader') / 'gradebook.db'}"
        with Gradebook(url) as gradebook:
            gradebook.add_student("ada")
        return url


@pytest.fixture
def taken(course_builder, url):
    """A function from a course's late rule, and when a notebook came, to what is taken of its 8 points."""

    def taken(rule, came, *, due=None, extension=None):
        course_builder.add("01_first")
        file = course_builder.root / "exercises" / "course.toml"
        file.write_text(file.read_text("utf-8") + rule, "utf-8")
        known = {"db_url": url, "assignment": "week-1", "notebook": "01_first", "student": "ada"}
        with Gradebook(url) as gradebook:
            gradebook.add_assignment("week-1", duedate=due)
            gradebook.add_notebook("01_first", "week-1")
            gradebook.add_grade_cell("correctness", "01_first", "week-1", max_score=10, cell_type="code")
            gradebook.add_submission("week-1", "ada", timestamp=came).extension = extension
            gradebook.find_grade("correctness", "01_first", "week-1", "ada").auto_score = 8
            gradebook.db.commit()
        config = Config()
        config.AssignCoursePenalties.course = str(course_builder.root)
        config.LateSubmissionPlugin.penalty_method = "zero"
        AssignCoursePenalties(config=config).preprocess(nbformat.v4.new_notebook(), {"nbgrader": known})
        with Gradebook(url) as gradebook:
            penalty = gradebook.find_submission_notebook("01_first", "week-1", "ada").late_submission_penalty
            gradebook.remove_assignment("week-1")
        return penalty

    return taken


@pytest.mark.parametrize(
    ("came", "penalty"),
    [
        # nbgrader's times are of UTC, so the deadline is at 10 there.
        (datetime(2026, 10, 1, 10), None),
        (datetime(2026, 10, 1, 10, 14), None),
        (datetime(2026, 10, 1, 10, 16), 0.8),
        (datetime(2026, 10, 3, 9), 1.6),
        (datetime(2027, 10, 1), 8),
        (None, None),
    ],
)
def test_the_rule_is_that_of_files(taken, came, penalty):
    """Ten percent for each day begun, after a quarter of an hour of grace."""
    assert taken(RULE + TRACK, came) == penalty


def test_the_deadline_of_an_exercise_stands_above_its_track_s(taken):
    """As it does for files."""
    assert taken(f"{RULE}01_first = 2026-10-02T12:00:00+02:00\n{TRACK}", datetime(2026, 10, 2, 9)) is None


def test_a_due_date_of_nbgrader_s_stands_above_the_course_s(taken):
    """It may have been moved in formgrader."""
    assert taken(RULE + TRACK, datetime(2026, 10, 5, 10), due=datetime(2026, 10, 4, 9)) == 1.6


def test_an_extension_of_nbgrader_s_prolongs_the_deadline(taken):
    """nbgrader keeps it with the submission."""
    assert taken(RULE + TRACK, datetime(2026, 10, 3, 9), extension=timedelta(days=1)) == 0.8


def test_without_a_rule_nbgrader_s_own_plugin_decides(taken):
    """Here it takes everything."""
    assert taken("", datetime(2026, 10, 3), due=datetime(2026, 10, 2)) == 8
