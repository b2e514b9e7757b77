"""Progress is remembered in one small file, whatever happens to it."""

import json
import os
from contextlib import nullcontext

import pytest

from grader.atomic import ATTEMPTS
from grader.catalog import CatalogError
from grader.desk.progress import FILE_NAME, Progress, State


@pytest.fixture
def course(course_builder):
    for name in ("01_first_await", "12_bounded_downloads", "13_work_queue"):
        course_builder.add(name)
    return course_builder.load()


def test_an_exercise_is_done_when_all_its_tests_pass(course):
    """Nothing is known at first; a check that fails begins an exercise, one that passes ends it."""
    first, second, third = course.exercises
    progress = Progress.load(course.root)

    progress.checked(first, first.stub.read_bytes(), 3, 3)
    progress.checked(second, second.stub.read_bytes(), 1, 3)

    again = Progress.load(course.root)
    assert [again.state(each) for each in course.exercises] == [State.DONE, State.BEGUN, State.UNTOUCHED]
    assert again.next(course) == second
    assert again.next(course, after=second) == third


def test_a_changed_file_is_begun_again(course):
    """What was edited since it was done has to be checked again."""
    first = course.exercises[0]
    progress = Progress.load(course.root)
    progress.checked(first, first.stub.read_bytes(), 3, 3)

    first.stub.write_text("# changed")

    assert progress.state(first) is State.BEGUN


def test_a_file_that_cannot_be_read_is_told_and_kept(course):
    """A broken file is one sentence with the repair, and is not written over."""
    path = course.root / FILE_NAME
    path.write_text('{"format": 3}')

    with pytest.raises(CatalogError, match=r"delete it, and `grader check --all` writes it anew"):
        Progress.load(course.root)
    assert path.read_text() == '{"format": 3}'


def test_hints_are_counted(course):
    """One hint more each time, until there are no more."""
    first = course.exercises[0]
    progress = Progress.load(course.root)

    assert [progress.hinted(first) for _ in range(4)] == [1, 2, 2, 2]


def test_two_terminals_forget_nothing(course):
    """What another process has written since the file was read is kept."""
    first, second, _ = course.exercises
    watching, checking = Progress.load(course.root), Progress.load(course.root)

    checking.checked(second, second.stub.read_bytes(), 3, 3)
    watching.hinted(first)

    assert Progress.load(course.root).state(second) is State.DONE
    assert Progress.load(course.root).of(first).hints == 1


@pytest.mark.parametrize("refusals", [2, 10**6])
def test_a_file_that_is_being_read_is_tried_again(course, monkeypatch, refusals):
    """Windows refuses to replace a file that somebody has open: for a moment that is waited for, then it is told."""
    first = course.exercises[0]
    calls, replace = [], os.replace

    def refuse(source, target):
        calls.append(target)
        if len(calls) <= refusals:
            raise PermissionError(13, "The process cannot access the file because it is being used")
        replace(source, target)

    monkeypatch.setattr("os.replace", refuse)
    monkeypatch.setattr("grader.atomic.RETRY_SECONDS", 0)
    with pytest.raises(PermissionError) if refusals > ATTEMPTS else nullcontext():
        Progress.load(course.root).hinted(first)

    assert len(calls) == min(refusals + 1, ATTEMPTS)
    assert [path.name for path in course.root.glob(f"*{FILE_NAME}*")] == [FILE_NAME][: refusals < ATTEMPTS]


def test_a_write_that_fails_leaves_the_file_whole(course, monkeypatch):
    """The new file takes the place of the old one at once, or not at all."""
    first = course.exercises[0]
    progress = Progress.load(course.root)
    progress.hinted(first)
    before = (course.root / FILE_NAME).read_bytes()

    def fail(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", fail)
    with pytest.raises(OSError, match="No space left"):
        progress.hinted(first)

    assert (course.root / FILE_NAME).read_bytes() == before
    assert json.loads(before)["exercises"]["01_first_await"]["hints"] == 1
    assert [path.name for path in course.root.iterdir() if path.name.startswith(FILE_NAME)] == [FILE_NAME]
