"""What the plugin and the bench's worker leave for each other in pytest's own stashes."""

from __future__ import annotations

import pytest

from grader.judge.trial import Brought, Trial
from grader.rubric import Outcome

#: What is on trial; set by the bench for each job, else the student's own file.
BROUGHT = pytest.StashKey[Brought]()
TRIAL = pytest.StashKey[Trial]()
OUTCOME = pytest.StashKey[Outcome]()
