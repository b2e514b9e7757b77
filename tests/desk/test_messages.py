"""The student's commands speak both languages whole."""

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import click
import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from grader import messages
from grader.cli import _COMMANDS, main
from grader.records.trace import MarkKind, SpanEnding, SpanKind

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "grader"
KEYWORDS = {"tr": None, "trn": (1, 2), "later": None}


def said_by_the_kit() -> set[str]:
    """Every message in the source, those of templates and those that are said through a variable included."""
    found = extract_from_dir(
        str(PACKAGE), method_map=[("**.py", "python"), ("**.j2", "jinja2")], keywords=KEYWORDS, strip_comment_tags=True
    )
    written = {message[0] if isinstance(message, tuple) else message for _, _, message, _, _ in found}
    return (
        written | {*get_args(SpanKind), *get_args(SpanEnding), *get_args(MarkKind)} | (set(helps()) - said_by_click())
    )


def helps() -> Iterator[str]:
    """The help of each command of students and of its options."""
    names = [name for name, module in _COMMANDS.items() if module in ("learn", "watch")]
    commands = [main, *(main.get_command(click.Context(main), name) for name in names)]
    for command in commands:
        yield command.help
        yield from (param.help for param in command.params if isinstance(param, click.Option) and param.help)


def said_by_click() -> set[str]:
    """What click says through gettext."""
    found = extract_from_dir(str(Path(click.__file__).parent), method_map=[("**.py", "python")])
    return {message[0] if isinstance(message, tuple) else message for _, _, message, _, _ in found}


def said_by_the_examples() -> set[str]:
    """The sentence of each example, and what it says where it asserts."""
    said = set()
    for path in (ROOT / "exercises").glob("*/test_*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.startswith("test_"):
                said.add(" ".join((ast.get_docstring(node) or "").partition("\n\n")[0].split()))
            elif isinstance(node, ast.Assert) and isinstance(node.msg, ast.Constant):
                said.add(node.msg.value)
    return said


#: Each catalogue, and what can be in it. Of what click says, it holds what students meet.
CLICK = PACKAGE / "locale/zh_CN/LC_MESSAGES/messages.po"
CATALOGUES = {
    CLICK: said_by_click,
    PACKAGE / "locale/zh_CN/LC_MESSAGES/grader.po": said_by_the_kit,
    ROOT / "exercises/locale/zh_CN/LC_MESSAGES/exercises.po": said_by_the_examples,
}


@pytest.fixture(params=CATALOGUES, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def catalogue(path):
    with path.open("rb") as file:
        return read_po(file, locale="zh_CN")


@pytest.fixture(autouse=True)
def in_english(monkeypatch):
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(variable, raising=False)
    yield
    messages.use("en")


def test_every_message_is_translated(path, catalogue):
    """Nothing is said that the catalogue lacks, and it holds nothing that is never said."""
    translated = {message.id[0] if isinstance(message.id, tuple) else message.id for message in catalogue if message.id}

    said = CATALOGUES[path]()
    assert translated - said == set()
    assert path == CLICK or said - translated == set()
    assert [message.id for message in catalogue if message.id and not message.string] == []


def test_placeholders_are_kept(catalogue):
    """A translation fills in what the original does, and quotes the same code."""
    for message in catalogue:
        if message.id:
            original = message.id[-1] if isinstance(message.id, tuple) else message.id
            string = message.string[0] if isinstance(message.string, tuple) else message.string
            assert set(re.findall(r"\{[^}]*\}", string)) == set(re.findall(r"\{[^}]*\}", original)), original
            assert set(re.findall(r"`[^`]*`", string)) >= set(re.findall(r"`[^`]*`", original)), original


def test_the_compiled_catalogue_is_of_this_text(path, catalogue):
    """What gettext reads is what stands in the text: compile it with `pybabel compile -d FOLDER/locale -D NAME`."""
    with path.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)

    for message in catalogue:
        if isinstance(message.id, tuple):
            assert compiled.ngettext(*message.id, 2) == message.string[0]
        elif message.id:
            assert compiled.gettext(message.id) == message.string


@pytest.mark.parametrize(
    ("environment", "course", "language"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "en", "zh-CN"),
        ({"LANG": "en_GB.UTF-8"}, "zh-CN", "en"),
        ({"LC_ALL": "zh_TW.UTF-8", "LANG": "en_US"}, "en", "zh-CN"),
        ({"LANG": "C.UTF-8"}, "zh-CN", "zh-CN"),
        ({}, "en", "en"),
    ],
)
def test_the_language_is_that_of_the_locale_or_the_course(environment, course, language):
    """The locale decides where it names one of our languages; else the course does."""
    assert messages.preferred(course, environment) == language


def test_a_message_is_said_in_the_language_that_is_spoken():
    """Placeholders and numbers are filled in."""
    messages.use("zh-CN")

    assert messages.tr("These are all {total} hints.", total=3) == "全部 3 条提示都在这里了。"
    assert messages.language() == "zh-CN"


def test_a_sentence_of_the_course_is_said_too():
    """The catalogue of a course adds to that of the kit, and what neither knows stays as it is."""
    messages.use("zh-CN", ROOT / "exercises/locale")

    assert messages.tr("Six calls at the same moment share one load.") == "同一时刻的六次调用共用一次加载。"
    assert messages.tr("passed") == "通过"
    assert messages.tr("A claim of a hidden suite.") == "A claim of a hidden suite."
    assert messages.tr("") == ""
