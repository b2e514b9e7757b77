"""An output that lacks characters gets plain ones of the same width."""

import io

import pytest
from rich.cells import cell_len

from grader.reports.legible import can_show, legible, make_legible
from grader.reports.timeline_text import _STYLES


def test_shapes_stay_apart():
    """Each shape of a timeline becomes a sign of its own."""
    signs = [legible(shape, "ascii") for shape in _STYLES]

    assert len({*signs}) == len(signs)
    assert "?" not in signs


@pytest.mark.parametrize(
    ("text", "encoding", "shown"),
    [
        ("GET ████▒▒ · ▲ 2 s", "ascii", "GET ####~~ . ^ 2 s"),
        ("·×…", "cp1252", "·×…"),
        ("┏━┓│┄", "ascii", "+-+|-"),
        ("Köln, 练习", "ascii", "Koln, ????"),
        ("Köln, 练习", "cp1252", "Köln, ????"),
        ("练习 █", "gbk", "练习 █"),
        ("\udcff", "utf-8", "?"),
    ],
)
def test_what_is_there_is_kept(text, encoding, shown):
    """Only what the encoding lacks is replaced, cell by cell."""
    assert legible(text, encoding) == shown
    if "\udcff" not in text:
        assert cell_len(shown) == cell_len(text)


def test_a_stream_takes_everything():
    """Nothing that is written to a stream is refused, in pieces that its buffer makes."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="cp1252", errors="strict")
    make_legible(stream)
    make_legible(io.StringIO())

    stream.write("█" * 20_000 + "é")
    stream.flush()

    assert raw.getvalue() == b"#" * 20_000 + b"\xe9"


@pytest.mark.parametrize(("encoding", "chinese"), [("utf-8", True), ("gbk", True), ("cp1252", False), ("ascii", False)])
def test_a_language_needs_its_characters(encoding, chinese):
    """English can be shown anywhere, Chinese where its characters are."""
    assert can_show("en", encoding)
    assert can_show("zh-CN", encoding) is chinese
