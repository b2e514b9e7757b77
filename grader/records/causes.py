"""How tests fail in a class: the causes of failures, counted on the way, in bounded memory."""

from __future__ import annotations

import msgspec

from grader.records.results import Ending, StudentResult, TestResult

#: So many causes of a test are told apart at a time, and so many students are named for each.
MOST_CAUSES, MOST_EXAMPLES = 100, 8
_LONGEST = 300


class Cause(msgspec.Struct):
    """One way in which a test failed. `text` is empty where nothing is known but the ending."""

    ending: Ending
    text: str
    count: int = 0
    examples: list[str] = msgspec.field(default_factory=list)


class Causes:
    """The causes of all failures, by exercise and test.

    A submission at which every test fails alike, because it cannot be loaded, say, is counted once for them all:
    for the test `EVERY`.
    """

    EVERY = ""

    def __init__(self) -> None:
        self._by_test: dict[tuple[str, str], dict[tuple[Ending, str], Cause]] = {}
        self._failed_alike: dict[str, int] = {}

    def count(self, result: StudentResult) -> None:
        """Count the failures of one student."""
        for exercise in result.exercises:
            name = exercise.exercise
            failed = [test for test in exercise.tests if test.ending != "passed"]
            if 1 < len(failed) == len(exercise.tests) and len({(test.ending, _text(test)) for test in failed}) == 1:
                self._failed_alike[name] = self._failed_alike.get(name, 0) + 1
                self._count(name, self.EVERY, failed[0], result.student)
            else:
                for test in failed:
                    self._count(name, test.name, test, result.student)

    def failed_alike(self, exercise: str) -> int:
        """How many submissions failed every test alike."""
        return self._failed_alike.get(exercise, 0)

    def of(self, exercise: str, test: str) -> list[Cause]:
        """The causes of one test's failures, the commonest first."""
        causes = self._by_test.get((exercise, test), {}).values()
        return sorted(causes, key=lambda cause: (-cause.count, cause.ending, cause.text))

    def _count(self, exercise: str, name: str, test: TestResult, student: str) -> None:
        causes = self._by_test.setdefault((exercise, name), {})
        key = test.ending, _text(test)
        if key not in causes and len(causes) >= MOST_CAUSES:
            # What was seen once is forgotten, so that what is common always finds a place.
            for rare in [seen for seen, cause in causes.items() if cause.count == 1]:
                del causes[rare]
            if len(causes) >= MOST_CAUSES:
                return
        cause = causes.setdefault(key, Cause(*key))
        cause.count += 1
        if len(cause.examples) < MOST_EXAMPLES:
            cause.examples.append(student)


def _text(test: TestResult) -> str:
    """What tells one way to fail from another: the cause or, where a test has none, what it compared."""
    text = test.cause or "; ".join(f"{fact.name} {fact.value}" for fact in test.facts if fact.name != "when")
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
