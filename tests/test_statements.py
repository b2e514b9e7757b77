"""The statements: complete, alike in both languages, and true.

After a change that is meant, write the map of the course anew and read its diff::

    REGENERATE_GOLDENS=1 pytest tests/test_statements.py
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.catalog import Course, Exercise
from grader.reports.course_map import course_map

ROOT = Path(__file__).parents[1]
COURSE = Course.load(ROOT)
SECTIONS = ["Story", "You will learn", "Your task", "Rules", "Timetable", "Out of scope", "Run it", "Links"]
SECTIONS_ZH = ["故事", "你将学到", "你的任务", "规则", "时间表", "不考查", "运行", "链接"]

each_exercise = pytest.mark.parametrize("exercise", COURSE.exercises, ids=lambda exercise: exercise.name)


def english(exercise: Exercise) -> str:
    return (exercise.folder / "README.md").read_text("utf-8")


def chinese(exercise: Exercise) -> str:
    return (exercise.folder / "README.zh-CN.md").read_text("utf-8")


def headings(text: str) -> list[str]:
    """The headings outside code blocks."""
    return re.findall(r"^#+ .+$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)


def code_blocks(text: str) -> list[str]:
    return re.findall(r"```.*?```", text, re.DOTALL)


def rules(text: str) -> list[str]:
    """The ids of the numbered rules, in order."""
    return re.findall(r"^\d+\. [(（]([CKX]\d+)[)）]", text, re.MULTILINE)


def links(text: str) -> list[str]:
    return re.findall(r"\]\((https?://[^)\s]+)\)", text)


@each_exercise
def test_a_statement_has_its_sections(exercise: Exercise) -> None:
    """Each statement has the same sections, in the same order, in both languages."""
    assert [line.removeprefix("## ") for line in headings(english(exercise))[1:]] == SECTIONS
    assert [line.removeprefix("## ") for line in headings(chinese(exercise))[1:]] == SECTIONS_ZH


@each_exercise
def test_rules_are_numbered(exercise: Exercise) -> None:
    """The rules of each dimension are numbered from 1, and there are rules of all three."""
    ids = rules(english(exercise))

    for letter in "CKX":
        numbers = [int(name[1:]) for name in ids if name.startswith(letter)]
        assert numbers == list(range(1, len(numbers) + 1)), letter
        assert numbers, letter


@each_exercise
def test_the_translation_is_of_this_statement(exercise: Exercise) -> None:
    """The Chinese statement names the English one that it was made from."""
    digest = hashlib.sha256((exercise.folder / "README.md").read_bytes()).hexdigest()

    assert chinese(exercise).partition("\n")[0] == f"<!-- source_sha256: {digest} -->"


@each_exercise
def test_both_languages_promise_the_same(exercise: Exercise) -> None:
    """Rules, tables, code and links are the same in both languages; links lead to the reader's language."""
    original, translation = english(exercise), chinese(exercise)

    assert rules(translation) == rules(original)
    assert translation.count("\n|") == original.count("\n|")
    assert code_blocks(translation) == code_blocks(original)
    assert links(translation) == [
        link.replace("docs.python.org/3/", "docs.python.org/zh-cn/3/") for link in links(original)
    ]


@each_exercise
def test_the_translation_uses_the_courses_words(exercise: Exercise) -> None:
    """The glossary's words are used, code is set as code, and punctuation is that of the language."""
    text = re.sub(r"```.*?```", "", chinese(exercise), flags=re.DOTALL)

    for wrong in ("协同程序", "事件轮询", "您", "缺省"):
        assert wrong not in text
    assert text.count("`") % 2 == 0
    prose = re.sub(r"`[^`]*`|\([^)]*\)|<!--.*?-->", "", text)
    assert re.findall(r"[\u4e00-\u9fff][,;:?!][\u4e00-\u9fff]", prose) == []


@each_exercise
def test_a_statement_belittles_nobody(exercise: Exercise) -> None:
    """Nothing is called simple or obvious, and nothing names what students do not see."""
    text = english(exercise).lower()

    assert re.findall(r"\b(?:simply|just|obviously|hidden|trivial\w*|mutants?)\b", text) == []
    assert len(links(text)) >= 2


@each_exercise
def test_hints_are_short(exercise: Exercise) -> None:
    """Three hints in both languages, of at most sixty words, without code blocks."""
    assert len(exercise.hints) == len(exercise.hints_zh) == 3
    for hint in exercise.hints:
        assert len(hint.split()) <= 60, hint
        assert "```" not in hint


@each_exercise
def test_the_timetable_is_an_example(exercise: Exercise) -> None:
    """The timetable of each statement is asserted by a visible example, which the solution passes (see test_law)."""
    names = [
        node.name
        for node in ast.walk(ast.parse(exercise.examples.read_text("utf-8")))
        if isinstance(node, ast.AsyncFunctionDef)
    ]

    assert "test_timetable" in names


@each_exercise
def test_a_stub_says_once_what_is_to_be_done(exercise: Exercise) -> None:
    """A stub has one TODO, and raises nothing in its place."""
    stub = exercise.stub.read_text("utf-8")

    assert stub.count("TODO") == 1
    assert "NotImplementedError" not in stub


@pytest.mark.parametrize(("language", "name"), [("en", "README.md"), ("zh-CN", "README.zh-CN.md")])
def test_the_map_shows_the_course(language: str, name: str, matches_golden: Callable[[Path, str], None]) -> None:
    """The page of the course lists each exercise under its track, with the promise of its statement."""
    matches_golden(ROOT / "exercises" / name, course_map(COURSE, language))
