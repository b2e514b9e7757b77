"""A source as the words that remain when names, comments and layout are taken away."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from pygments.lexers.python import PythonLexer  # type: ignore[import-untyped]
from pygments.token import Comment, Name, Number, String, Text, _TokenType  # type: ignore[import-untyped]

#: So many words in a row make a fingerprint: about two lines.
RUN = 12
#: What is longer is a flood, and is compared as far as this.
MOST_WORDS, _MOST_BYTES = 20_000, 200_000
_BEFORE_A_NAME = frozenset({"def", "class", "for", "as", "lambda"})
_BEFORE_A_PARAMETER = frozenset({"(", ",", "*", "**"})
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
_AFTER_A_NAME = frozenset({"=", ":=", ":", "+=", "-=", "*=", "|=", "in"})


@dataclass(frozen=True, slots=True)
class Word:
    """One word, and the line it stands in, from 1."""

    text: str
    line: int


@dataclass(frozen=True)
class Source:
    """A source: its lines to show, its words to compare."""

    lines: tuple[str, ...]
    words: tuple[Word, ...]

    @cached_property
    def runs(self) -> tuple[int, ...]:
        """The fingerprint of the words from each place on."""
        texts = [word.text.encode() for word in self.words]
        # Python's own hash differs from run to run, and the report must not.
        return tuple(_hashed(texts[at : at + RUN]) for at in range(len(texts) - RUN + 1))

    @cached_property
    def meaning(self) -> bytes:
        """The same for sources that differ in names, comments and layout alone."""
        return hashlib.sha256("\0".join(word.text for word in self.words).encode()).digest()


def read(source: bytes) -> Source:
    """Take the words from a source, which may be broken, hostile or no Python at all."""
    text = source[:_MOST_BYTES].decode("utf-8", "replace").removeprefix("\ufeff")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    found = list(islice(_words(text), MOST_WORDS))
    own = _own_names(found)
    words = tuple(Word("name" if is_name and text in own else text, line) for text, line, is_name in found)
    return Source(tuple(text.split("\n")), words)


def covered(source: Source, runs: Iterable[int]) -> set[int]:
    """The places of the words that lie in any of these runs."""
    wanted = runs if isinstance(runs, set | frozenset) else set(runs)
    return {place for at, run in enumerate(source.runs) if run in wanted for place in range(at, at + RUN)}


def _hashed(texts: Sequence[bytes]) -> int:
    return int.from_bytes(hashlib.blake2b(b"\0".join(texts), digest_size=8).digest())


def _words(text: str) -> Iterator[tuple[str, int, bool]]:
    """Each word, its line, and whether it is a name. A lexer reads what no parser does."""
    line, counted, in_string = 1, 0, False
    for at, kind, value in PythonLexer().get_tokens_unprocessed(text):
        line, counted = line + text.count("\n", counted, at), at
        is_string = kind in String and kind not in String.Interpol
        if kind in Comment or kind in Text or kind in String.Doc:
            continue
        if is_string and in_string:
            continue
        in_string = is_string
        yield _normal(kind, value), line, kind in Name and kind not in Name.Builtin


def _normal(kind: _TokenType, value: str) -> str:
    """Values are no sign of who wrote a program: they are easily changed."""
    if kind in String and kind not in String.Interpol:
        return "''"
    return "0" if kind in Number else str(value)


def _own_names(found: Sequence[tuple[str, int, bool]]) -> set[str]:
    """Names that the source makes itself, as opposed to those of libraries, which stay as they are."""
    own, depth, parameters = set(), 0, 0
    padded = [("", 0, False), *found, ("", 0, False)]
    for (before, _, _), (text, _, is_name), (after, _, _) in zip(padded, padded[1:], padded[2:], strict=False):
        if text in _OPENING:
            depth += 1
        elif text in _CLOSING:
            depth -= 1
            parameters = parameters if depth >= parameters else 0
        if is_name and before == "def":
            # What stands in the next brackets are parameters.
            parameters = depth + 1
        is_parameter = parameters and depth == parameters and before in _BEFORE_A_PARAMETER
        if is_name and (is_parameter or before in _BEFORE_A_NAME or after in _AFTER_A_NAME):
            own.add(text)
    return own
