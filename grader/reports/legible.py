"""Text for outputs that cannot show every character: what they cannot becomes a plain character of the same width.

Windows gives a program whose output is redirected the code page of the country, such as cp1252.
"""

from __future__ import annotations

import codecs
import io
import unicodedata
from typing import TextIO

from rich.cells import cell_len

#: The name of this way to encode, for `str.encode` and for streams.
ERRORS = "grader.legible"

# No two shapes of a picture become the same sign; those of the map are other shapes.
_SHAPES = {
    "█": "#", "▒": "~", "▓": "@", "×": "x", "·": ".", "┄": "-", "▲": "^",
    "■": "#", "◧": "+", "□": "-", "✓": "+", "✗": "x", "•": "*", "…": ".", "–": "-", "—": "-", "µ": "u",
}  # fmt: skip


def legible(text: str, encoding: str) -> str:
    """`text` with nothing in it that `encoding` lacks."""
    return text.encode(encoding, ERRORS).decode(encoding)


def make_legible(stream: TextIO) -> None:
    """Let a stream write whatever comes, in what characters it has."""
    # Anything else, such as a test's own stream, takes every character.
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors=ERRORS)


def can_show(language: str, encoding: str) -> bool:
    """Whether texts in `language` can be read in `encoding`."""
    try:
        {"zh-CN": "中文"}.get(language, "").encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_twin, error.object[error.start : error.end])), error.end


def _twin(character: str) -> str:
    """An ASCII character that stands for another one."""
    if character in _SHAPES:
        return _SHAPES[character]
    name = unicodedata.name(character, "")
    if name.startswith("BOX DRAWINGS"):
        return "|" if name.endswith("VERTICAL") else "-" if name.endswith("HORIZONTAL") else "+"
    # A letter without its accents.
    letter = unicodedata.normalize("NFKD", character)[:1]
    return letter if letter.isascii() and letter.isprintable() else "?" * max(1, cell_len(character))


codecs.register_error(ERRORS, _plain)
