"""Text from a submission reaches a terminal or a page only as visible characters."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.reports.clean import clean

ANY_TEXT = st.text(st.characters(codec=None))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, 中文, é, 🎉", "plain text, 中文, é, 🎉"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("\x9b2J", "\\x9b2J"),
        ("a\u202eb", "a\\u202eb"),
        ("\u2066\u200f\ufeff", "\\u2066\\u200f\\ufeff"),
        ("\ud800", "\\ud800"),
        ("\ufffe\U0010ffff", "\\ufffe\\U0010ffff"),
        ("\U000e0041", "\\U000e0041"),
        ("a\nb\tc\rd", "a\\nb\\tc\\rd"),
    ],
)
def test_harmful_characters_are_shown_as_escapes(text: str, shown: str) -> None:
    """What could steer a terminal is shown in the way that Python writes it."""
    assert clean(text) == shown


def test_lines_are_kept_on_request() -> None:
    """Newlines and tabs stay where the reader asks for lines; a lone carriage return never does."""
    assert clean("a\r\nb\tc\rd\n", keep_lines=True) == "a\nb\tc\\rd\n"


@given(ANY_TEXT)
def test_no_text_comes_out_harmful(text: str) -> None:
    """Whatever goes in, what comes out has no control character, no surrogate, no mark of direction."""
    shown = clean(text)

    assert not [c for c in shown if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")]
    assert not [c for c in shown if unicodedata.bidirectional(c) in ("LRO", "RLO", "LRE", "RLE", "PDF")]
    assert not [c for c in shown if unicodedata.bidirectional(c) in ("LRI", "RLI", "FSI", "PDI")]
    shown.encode("utf-8")


@given(ANY_TEXT)
def test_what_comes_out_is_legal_in_xml(text: str) -> None:
    """The characters of XML 1.0, and no others."""
    legal = "[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*"

    assert re.fullmatch(legal, clean(text, keep_lines=True))


@given(ANY_TEXT)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    """Text that passes through two renderers is not escaped twice."""
    assert clean(clean(text)) == clean(text)
