"""The page of an exercise's runs speaks both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader import messages
from grader.catalog import Course
from grader.records.results import Fact, TestResult
from grader.records.trace import Mark, Span, Trace
from grader.reports.timeline_page import timeline_page

COURSE = Course.load(Path(__file__).parents[2])
RUN = TestResult(
    name="test_timetable",
    dimension="concurrency",
    points=1,
    earned=0,
    ending="rejected",
    sentence="With a limit of 2, four downloads go as in the timetable of the README.",
    cause="Too many downloads were running at once.",
    facts=(Fact("expected", "at most 2"), Fact("got", "4")),
    notes=("The coroutine 'nap' was never awaited: nothing of it has run. (line 7)",),
    virtual_seconds=2.0,
    trace=Trace(
        (
            Span("call", "download_all(…)", 0.0, 2.0, "cancelled"),
            Span("blocked", "event loop blocked", 0.5, 1.0),
            Span("request", "GET https://shop.test/1", 1.0, 2.0, "open"),
        ),
        (Mark("cancel", "the test cancels the call", 2.0),),
        2.0,
    ),
)


@pytest.fixture(autouse=True)
def english_afterwards() -> Iterator[None]:
    yield
    messages.use("en")


def words(page: str) -> set[str]:
    """The English words that a reader meets, without code, styles and scripts."""
    text = re.sub(r"<(style|script|code)\b.*?</\1>|<[^>]*>", " ", page, flags=re.DOTALL)
    return set(re.findall(r"[a-z]{3,}", text))


def test_a_page_in_chinese_has_no_english_left() -> None:
    """Sentence, cause, facts, notes, picture and table are all told in the reader's language."""
    messages.use("zh-CN", COURSE.locale)
    page = timeline_page(COURSE.find("12"), (RUN,))

    assert '<html lang="zh-CN">' in page
    assert "名额为 2 时，四个下载按 README 的时间表进行。" in page
    assert "download_all(…)：被取消，从 0 s 到 2 s" in page
    # What is left are names: those of the code, of keys and of addresses, and a word that the language has borrowed.
    assert words(page) <= {"download", "all", "https", "shop", "test", "nap", "await", "timetable"}


def test_a_page_in_english_is_in_english() -> None:
    """The same run, in the words of its record."""
    page = timeline_page(COURSE.find("12"), (RUN,))

    assert "Too many downloads were running at once." in page
    assert {"expected", "cancelled", "blocked"} <= words(page)
    assert re.findall(r"[\u4e00-\u9fff]", page) == []
