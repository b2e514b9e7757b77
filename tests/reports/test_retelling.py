"""What records say, in Chinese."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import grader
from grader import messages
from grader.records.results import Fact
from grader.reports.retelling import retell, retell_fact, retell_note

PACKAGE = Path(grader.__file__).parent
#: What says a cause, and which of its arguments it is.
SAYERS = {
    **dict.fromkeys(("Stuck", "Died", "CouldNotLoad", "Foul", "Deadlock", "Livelock"), 0),
    "Verdict": 1,
}


@pytest.fixture(autouse=True)
def in_chinese() -> Iterator[None]:
    messages.use("zh-CN")
    yield
    messages.use("en")


def causes() -> Iterator[str]:
    """Each cause that the judge and the simulated machine can give, with 7 for each value in it."""
    for part in ("judge", "simulation", "plugin.py"):
        for path in [PACKAGE / part] if part.endswith(".py") else (PACKAGE / part).glob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SAYERS:
                    yield from _sentence(node.args[SAYERS[node.func.id] :][:1])


def _sentence(said: list[ast.expr]) -> Iterator[str]:
    match said:
        case [ast.Constant(str(text))]:
            yield text
        case [ast.JoinedStr(parts)]:
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in parts)


def test_every_cause_has_its_pattern() -> None:
    """A sentence that the judge says in other words than the catalogue knows would stay English."""
    # The first value of this one stands for one of two sentences (see below), the second for a place.
    said = set(causes()) - {"", "The file 77: 7"}

    assert len(said) > 20
    assert sorted(cause for cause in said if retell(cause) == cause) == []


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("The code raised KeyError: 'x'.", "代码引发了 KeyError: 'x'。"),
        (
            "The file has a syntax error in line 1: SyntaxError: invalid syntax (f.py, line 1)",
            "文件有语法错误（第 1 行）：SyntaxError: invalid syntax (f.py, line 1)",
        ),
        ("The file cannot be imported: ModuleNotFoundError: x", "文件无法导入：ModuleNotFoundError: x"),
        (
            "The event loop was never given back: the code ran for 2 s of processor time without awaiting, "
            "in line 7 (poll).",
            "事件循环一直没有交还：代码用了 2 秒处理器时间，其间没有 await（第 7 行，poll）。",
        ),
        (
            "The process of the code was ended by SIGKILL (too much memory, or killed).",
            "代码的进程被 SIGKILL 结束（内存用得太多，或者被强行结束）。",
        ),
        ("The code raised done.", "代码引发了 done。"),
        ("A sentence of an unknown suite.", "A sentence of an unknown suite."),
    ],
)
def test_a_cause_is_retold_with_its_values(english: str, chinese: str) -> None:
    """What the submission has said stays as it is, even where it is one of the kit's own words."""
    assert retell(english) == chinese


@pytest.mark.parametrize(
    ("fact", "told"),
    [
        (Fact("expected", "at most 3"), Fact("预期", "不超过 3")),
        (Fact("expected", "'at most 3'"), Fact("预期", "'at most 3'")),
        (Fact("got", "at most 3"), Fact("实际", "at most 3")),
        (Fact("waits", "eat, line 9, in Lock.acquire"), Fact("等待", "eat，第 9 行，在 Lock.acquire")),
        (Fact("transfer(a, b)", "waits"), Fact("transfer(a, b)", "waits")),
    ],
)
def test_a_fact_has_its_name(fact: Fact, told: Fact) -> None:
    """Names are translated, and of the values only what the kit has put there."""
    assert retell_fact(fact) == told


def test_a_note_is_retold() -> None:
    """With its line, and with what the submission itself has said as it is."""
    note = "The coroutine 'nap' was never awaited: nothing of it has run. (line 7)"
    assert retell_note(note) == "协程 'nap' 从未被 await：它一点也没有运行。（第 7 行）"
    assert retell_note("A thread raised KeyError: 'done'.") == "一个线程引发了 KeyError: 'done'。"


def notes() -> Iterator[str]:
    """Each note that can be told, with 7 for each value in it."""
    docstrings: set[int] = set()
    for path in (PACKAGE / "sandbox" / "diagnosis.py", PACKAGE / "judge" / "diagnosis.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                docstrings.add(id(node.value))
            elif isinstance(node, (ast.Constant, ast.JoinedStr)) and id(node) not in docstrings:
                yield from (text for text in _sentence([node]) if text.endswith(".") and text[:1].isupper())


def test_every_note_has_its_pattern() -> None:
    """A note in other words than the catalogue knows would stay English."""
    # The first value of these is one of several phrases, each of which has a pattern.
    said = set(notes()) - {
        "A task of 7 7.",
        "7 raised 7.",
        "The event loop was blocked 77: nothing else could run meanwhile.",
        "The 7 7 of `7` ran one after another: each began when the one before it had ended (7).",
    }

    assert len(said) > 8
    assert sorted(note for note in said if retell_note(note) == note) == []


def test_english_stays_as_it_was_recorded() -> None:
    """Records are in English already."""
    messages.use("en")

    assert retell("The code raised done.") == "The code raised done."
