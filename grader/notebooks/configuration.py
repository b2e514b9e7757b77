"""What a course's `nbgrader_config.py` has to say, so that nbgrader's own commands send submissions to the judge."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nbgrader.converters import Autograde, GenerateAssignment
from nbgrader.preprocessors import AssignLatePenalties, ClearSolutions, Execute
from traitlets.config import Config

from grader.notebooks.autograde import JudgeSubmission, RestoreNotebook
from grader.notebooks.collect import CollectWithoutLinks
from grader.notebooks.late import AssignCoursePenalties
from grader.notebooks.programs import put_programs_on_path
from grader.notebooks.stubs import ClearOtherSolutions


def configure(c: Config, course: str, *, language: str = "en") -> None:
    """Put the judge in the place of nbgrader's execution, and the course's late rule in that of nbgrader's.

    `course` is the folder with the hidden suites.

    What the configuration says already about nbgrader's preprocessors is kept, where it does not stand in the way.
    """
    put_programs_on_path()
    if "collect" not in c.ExchangeFactory:
        c.ExchangeFactory.collect = CollectWithoutLinks
    c.GenerateAssignment.preprocessors = [
        ClearOtherSolutions if each is ClearSolutions else each
        for each in _said(c.GenerateAssignment, GenerateAssignment, "preprocessors")
    ]
    sanitizing = _said(c.Autograde, Autograde, "sanitize_preprocessors")
    c.Autograde.sanitize_preprocessors = [RestoreNotebook, *sanitizing]
    ours = {Execute: JudgeSubmission, AssignLatePenalties: AssignCoursePenalties}
    c.Autograde.autograde_preprocessors = [
        ours.get(each, each) for each in _said(c.Autograde, Autograde, "autograde_preprocessors")
    ]
    c.JudgeSubmission.course = c.AssignCoursePenalties.course = course
    c.JudgeSubmission.language = language


def _said(section: Mapping[str, Any], converter: type, name: str) -> list[Any]:
    """The list of preprocessors that is configured, else nbgrader's own."""
    if name in section:
        return list(section[name])
    return list(getattr(converter, name).default_args[0])
