"""A suite's `==` tells `True` from `1`; numbers are numbers."""

from __future__ import annotations

import math

import pytest

from grader.judge.exactness import Exactly, confusions, exactly

SUITE = '''
def now():
    return asyncio.get_running_loop().time()


@pytest.mark.correctness
async def test_answer(student):
    """The answer is right."""
    assert await student.answer() == {due}
'''


def submission(value: str) -> str:
    return f"async def answer():\n    return {value}\n"


@pytest.mark.parametrize(
    ("due", "given", "sentence"),
    [
        ("1", "True", "1 (int) was expected, and True (bool) is not the same."),
        ("0.0", "False", "0.0 (float) was expected, and False (bool) is not the same."),
        ("True", "1", "True (bool) was expected, and 1 (int) is not the same."),
        ("[[1], 0]", "[[1], False]", "0 (int) was expected, and False (bool) is not the same."),
        ("[(1, 'x')]", "[(True, 'x')]", "1 (int) was expected, and True (bool) is not the same."),
        ("{'a': {'b': 1}}", "{'a': {'b': True}}", "1 (int) was expected, and True (bool) is not the same."),
        ("{0, 5}", "{False, 5}", "0 (int) was expected, and False (bool) is not the same."),
    ],
)
def test_an_equal_value_of_another_type_is_rejected_with_a_sentence(judge, due, given, sentence):
    """What was due and what was got are named with their types, at any depth."""
    (outcome,) = judge(SUITE.format(due=due), submission(given))

    assert outcome.ending == "rejected"
    assert outcome.cause == f"A value of the wrong type was found: {sentence}"
    facts = {fact.name: fact.value for fact in outcome.facts}
    assert (facts["expected"], facts["got"]) == (due, given)


@pytest.mark.parametrize(
    ("due", "given"),
    [
        ("2.0", "2"),
        ("2", "2.0"),
        ("[1.0, 2]", "[1, 2.0]"),
        ("1", "1"),
        ("True", "True"),
        ("{1: {2: [3]}}", "{1: {2: [3]}}"),
    ],
)
def test_the_type_that_was_promised_passes(judge, due, given):
    """A float and an integer of the same value are equal, and everything is itself."""
    (outcome,) = judge(SUITE.format(due=due), submission(given))

    assert outcome.ending == "passed", outcome.cause


@pytest.mark.parametrize(
    ("check", "ending"),
    [
        ("answer['rest'][0] == 1", "rejected"),
        ("told == [1]", "rejected"),
        ("told and all(each == 1 for each in told)", "rejected"),
        ("answer['rest'][0] == True and sum(told) == 1", "passed"),
    ],
)
def test_a_value_is_told_wherever_the_suite_takes_it_from(judge, check, ending):
    """Inside a larger answer, given to a callback, in a part of what is asserted; what is computed is the suite's."""
    given = "async def answer(tell):\n    tell(True)\n    return {'rest': [True]}\n"
    head = SUITE.partition("    assert")[0] + "    told = []\n    answer = await student.answer(told.append)\n"
    (outcome,) = judge(f"{head}    assert {check}\n", given)

    assert outcome.ending == ending, outcome.cause


def test_values_that_are_not_plain_are_compared_as_they_are():
    """Only plain values are due with their types; nothing stands between the others and their own equality."""
    for value in (None, object(), math.inf.__add__, ValueError):
        assert exactly(value) is value
    assert not exactly(1) == "1"  # noqa: SIM201
    assert repr(exactly([1])) == "[1]"
    assert isinstance(exactly({}), Exactly)


def test_equal_values_of_equal_types_have_no_confusion():
    """Order of dictionaries and sets does not matter."""
    value = [1, (2.5, "x"), {"a": {1, 2}, "b": None}, frozenset({True}), math.inf]
    turned = [1, (2.5, "x"), {"b": None, "a": {2, 1}}, frozenset({True}), math.inf]

    assert list(confusions(value, turned)) == []


def test_a_large_difference_is_told_at_once(judge):
    """Two megabytes that differ are rejected without their differences being computed, in a CI service's place too."""
    suite = SUITE.format(due="bytes(range(256)) * 4096")
    (outcome,) = judge(suite, submission("bytes(range(255, -1, -1)) * 4096"))

    assert outcome.ending == "rejected"
