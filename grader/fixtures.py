"""The types of the fixtures that suites use, for annotations: an editor then completes what a fixture offers.

``async def test_the_order(student: Student, http: Http) -> None: ...``
"""

from grader.judge.http import Http, Request
from grader.judge.routes import Route
from grader.judge.student import Attempt, Sandbox, Student
from grader.judge.trial import Trial
from grader.simulation import Program, Programs

__all__ = ["Attempt", "Http", "Program", "Programs", "Request", "Route", "Sandbox", "Student", "Trial"]
