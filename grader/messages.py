"""What the student's commands say, in the student's language: gettext over `grader/locale`."""

from __future__ import annotations

import gettext
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

#: The languages of the course, by the names that its files bear.
LANGUAGES = ("en", "zh-CN")
LOCALES = Path(__file__).parent / "locale"

_translation: gettext.NullTranslations = gettext.NullTranslations()
_language = "en"


def use(language: str, course: Path | None = None) -> None:
    """Speak `language`, one of `LANGUAGES`, from now on.

    `course` is the folder of a course's own catalogues, `exercises.mo`: the sentences of its examples.
    """
    global _translation, _language
    _language = language
    name = language.replace("-", "_")
    _translation = gettext.translation("grader", str(LOCALES), [name], fallback=True)
    if course is not None:
        _translation.add_fallback(gettext.translation("exercises", str(course), [name], fallback=True))


@contextmanager
def speaking(language: str, course: Path | None = None) -> Iterator[None]:
    """Speak `language` for a while; `course` is as for `use`."""
    global _translation, _language
    before = _translation, _language
    use(language, course)
    try:
        yield
    finally:
        _translation, _language = before


def language() -> str:
    """The language that is spoken."""
    return _language


def tr(message: str, /, **values: object) -> str:
    """`message` in the language that is spoken, with `values` in the places of its braces."""
    # The empty message is the catalogue's own heading.
    text = _translation.gettext(message) if message else ""
    return text.format(**values) if values else text


def trn(one: str, many: str, count: int, /, **values: object) -> str:
    """`one` or `many`, by `count`, which also fills `{count}`."""
    return _translation.ngettext(one, many, count).format(count=count, **values)


def later(message: str) -> str:
    """`message` as it is: it goes into the catalogue, and is translated where it is shown."""
    return message


def preferred(course_language: str = "en", environment: Mapping[str, str] = os.environ) -> str:
    """The language of the user's locale, where it is one of ours; else that of the course."""
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        locale = environment.get(variable, "").partition(".")[0].replace("_", "-").lower()
        if locale.startswith("zh"):
            return "zh-CN"
        if locale.startswith("en"):
            return "en"
    return course_language
