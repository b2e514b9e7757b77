"""What a ledger keeps: what was handed in, the verdicts on it, and what was decided by hand."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from grader.rubric import Outcome


@dataclass(frozen=True)
class Entry:
    """What a student handed in for an exercise. `source` is its digest, None where there is nothing to judge.

    `handed_in` is an aware time, or None where nobody knows it; `remark` is what is known instead. `attempt` counts
    the states of the student's file that the ledger has seen, from 1; a ledger numbers what it is given. `content`
    is needed to enter a source.
    """

    exercise: str
    source: str | None = None
    problem: str = ""
    absent: bool = False
    handed_in: datetime | None = None
    remark: str = ""
    attempt: int = 0
    content: bytes | None = None


@dataclass(frozen=True)
class Verdict:
    """How a source fared before a suite. Times are real seconds."""

    address: str
    exercise: str
    source: str
    walls: str
    outcomes: tuple[Outcome, ...]
    real_seconds: float
    input_seed: int = 0


@dataclass(frozen=True)
class Adjustment:
    """Points that a person added, or took away, and why."""

    student: str
    exercise: str
    points: float
    reason: str
    author: str = ""
    made_at: datetime | None = None

    @property
    def sentence(self) -> str:
        """How many points, by whom and why."""
        by = f" by {self.author}" if self.author else ""
        return f"{self.points:+g}{by}: {self.reason}"


def digest_of(source: bytes) -> str:
    """The digest by which a source is known."""
    return hashlib.sha256(source).hexdigest()
