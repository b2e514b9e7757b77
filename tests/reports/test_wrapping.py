"""Lines that fit, in any script."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.text import Text

from grader.reports.wrapping import cut_short, few_lines, flow, hanging, shorten, wrap

ANY_TEXT = st.text(st.characters(codec=None), max_size=40)


@given(ANY_TEXT, st.integers(2, 30))
def test_a_wrapped_text_fits(text: str, cells: int) -> None:
    """No line is too long, and nothing but white space is lost."""
    lines = wrap(text, cells)

    assert all(cell_len(line) <= cells for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_words_and_code_stay_whole() -> None:
    """A command can be copied from its line."""
    assert wrap("Edit the file, then run `grader check 12`.", 30) == ["Edit the file, then run", "`grader check 12`."]


def test_chinese_is_broken_between_characters() -> None:
    """No line begins with a comma or ends with an opening bracket."""
    sentence = "先修正上面那一个，或者看提示（三条）。"

    assert wrap(sentence, 17) == ["先修正上面那一", "个，或者看提示", "（三条）。"]
    assert wrap(sentence, 18) == ["先修正上面那一个，", "或者看提示（三", "条）。"]


def test_its_own_lines_and_indents_stay() -> None:
    """What was printed keeps its shape."""
    assert wrap("for:\n    go  on\n", 20) == ["for:", "    go  on", ""]


def test_a_word_longer_than_a_line_is_cut() -> None:
    """An address that does not fit still shows whole."""
    assert wrap("at https://shop.test/1 now", 10) == ["at", "https://sh", "op.test/1", "now"]


def test_a_hanging_text_stands_beside_its_margin() -> None:
    """The first line follows what stands in the margin already."""
    assert hanging("one two three", 18, 10) == "one two\n          three"


def test_parts_flow_into_lines() -> None:
    """As many beside each other as fit; none is broken."""
    parts = [Text(word) for word in ("h hint", "n next", "q quit")]

    assert [line.plain for line in flow(parts, 16)] == ["h hint   n next", "q quit"]
    assert [line.plain for line in flow(parts, 12, indent=2)] == ["  h hint", "  n next", "  q quit"]


@given(ANY_TEXT, st.integers(1, 30), st.integers(1, 4))
def test_few_lines_fit(text: str, cells: int, most: int) -> None:
    """No more lines than asked for, and none too long."""
    lines = few_lines(text, cells, most)

    assert 1 <= len(lines) <= most or "\n" in text
    assert all(cell_len(line) <= cells for line in lines)


@given(ANY_TEXT, st.integers(0, 30))
def test_a_text_that_is_cut_short_fits(text: str, cells: int) -> None:
    """A text that fits stays whole; another one ends with three dots."""
    cut = cut_short(text, cells)

    assert cell_len(cut) <= cells
    assert cut == text or not cells or cut.endswith("…")


@given(ANY_TEXT, st.integers(0, 30))
def test_a_shortened_text_fits(text: str, cells: int) -> None:
    """Wide characters count twice, as they do in a terminal."""
    assert cell_len(shorten(text, cells)) <= cells
