"""The statement of an exercise, in one of the course's languages."""

from __future__ import annotations

import re
from dataclasses import dataclass

from grader.catalog.declaration import CatalogError
from grader.catalog.exercise import Exercise
from grader.messages import tr

LANGUAGES = ("en", "zh-CN")
_STAMP = re.compile(r"<!--.*?-->\s*", re.DOTALL)


@dataclass(frozen=True)
class Statement:
    """A statement as Markdown, with the parts that other pages quote.

    `promise` is the sentence under the title that says what the exercise is about.
    """

    text: str

    @property
    def title(self) -> str:
        return self.text.partition("\n")[0].removeprefix("# ").strip()

    @property
    def promise(self) -> str:
        _, _, below = self.text.partition("\n\n")
        return below.partition("\n\n")[0].replace("\n", " ").strip()


def read_statement(exercise: Exercise, language: str = "en") -> Statement:
    """The statement in `language`, in English where it has not been translated.

    Raises:
        CatalogError: it cannot be read.
    """
    names = ("README.md",) if language == "en" else (f"README.{language}.md", "README.md")
    for name in names:
        path = exercise.folder / name
        if path.is_file():
            try:
                text = path.read_text("utf-8-sig")
            except (OSError, UnicodeDecodeError) as error:
                raise CatalogError(
                    tr("{file} cannot be read: {error}.", file=exercise.shown(path), error=error)
                ) from error
            # The first line of a translation says which original it was made from.
            return Statement(_STAMP.sub("", text, count=1) if text.startswith("<!--") else text)
    raise CatalogError(tr("{file} is missing.", file=exercise.shown(exercise.folder / "README.md")))
