"""Claims about points."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.rubric import Outcome, RubricError, score, share, total


def outcome(name, ending="passed", *, weight=1.0, seed=None):
    return Outcome(name, "correctness", weight, ending, f"{name} holds.", seed=seed)


def test_markers_are_scaled_to_the_exercise():
    """The tests' points sum to the exercise's, in the proportion of their markers."""
    results = score([outcome("a", weight=3), outcome("b", "rejected", weight=2)], 10)

    assert [(result.points, result.earned) for result in results] == [(6.0, 6.0), (4.0, 0.0)]


def test_what_rounding_leaves_over_goes_to_the_earlier_test():
    """Thirds of ten sum to ten, and always in the same way."""
    assert share([1, 1, 1], 10) == (3.34, 3.33, 3.33)
    assert share([1, 1, 2], 0.01) == (0.0, 0.0, 0.01)
    assert share([1, 1], 0.001) == (0.001, 0.0)
    assert share([], 10) == ()


@given(
    st.lists(st.floats(0.001, 1000), min_size=1, max_size=40),
    st.integers(1, 100_000).map(lambda hundredths: hundredths / 100),
)
def test_parts_always_sum_to_the_whole(weights, points):
    """No weights lose or invent a hundredth, and no part is a hundredth off its exact share."""
    parts = share(weights, points)

    assert total(parts) == points
    for part, weight in zip(parts, weights, strict=True):
        assert part == pytest.approx(points * weight / sum(weights), abs=0.0100001)


def test_totals_are_as_a_person_writes_them():
    """Sums of decimals carry no binary dust."""
    assert total([0.1, 0.2]) == 0.3
    assert total([]) == 0.0


@pytest.mark.parametrize("ending", ["rejected", "raised", "stuck", "grader error"])
def test_only_passed_scores(ending):
    """Every other ending earns nothing."""
    (result,) = score([outcome("a", ending)], 5)

    assert (result.points, result.earned, result.ending) == (5.0, 0.0, ending)


def test_a_weather_test_passes_only_under_all_seeds():
    """Several seeds are one test, and the first failing seed is the one shown."""
    results = score(
        [
            outcome("calm"),
            outcome("storm", seed=1),
            outcome("storm", "rejected", seed=2),
            outcome("storm", "stuck", seed=3),
        ],
        2,
    )

    assert [(result.name, result.points, result.ending, result.seed) for result in results] == [
        ("calm", 1.0, "passed", None),
        ("storm", 1.0, "rejected", 2),
    ]


def test_a_passed_weather_test_shows_no_seed():
    """A seed is shown where it replays a failure."""
    (result,) = score([outcome("storm", seed=1), outcome("storm", seed=2)], 1)

    assert (result.ending, result.seed) == ("passed", None)


def test_a_fault_of_the_submission_is_shown_before_one_of_the_grader():
    """A grader error under one seed does not hide what another seed proves."""
    (result,) = score([outcome("storm", "grader error", seed=1), outcome("storm", "raised", seed=2)], 1)

    assert (result.ending, result.seed) == ("raised", 2)


@pytest.mark.parametrize("weights", [[0, 0], [-1, 2], [float("nan")], [float("inf"), 1]])
def test_weights_that_cannot_be_scaled_are_refused(weights):
    """A suite that is worth nothing, or less, is an error of its author."""
    with pytest.raises(RubricError):
        share(weights, 10)


def test_two_tests_of_one_name_are_refused():
    """Two files of a suite cannot hide one test behind another of the same name."""
    with pytest.raises(RubricError, match="Two hidden tests are named a"):
        score([outcome("a", "rejected"), outcome("a")], 1)


def test_results_carry_the_digest_of_their_trace():
    """Two runs that went the same way can be compared by it."""
    (result,) = score([outcome("a")], 1)

    assert result.trace_digest == result.trace.digest
