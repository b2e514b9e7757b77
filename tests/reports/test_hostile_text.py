"""Text of a submission is inert in everything that a grading writes, and of bounded size."""

from __future__ import annotations

import csv
import io
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest
from rich.console import Console

from grader.catalog import Course
from grader.classroom.grade import grade
from grader.classroom.pool import on_benches
from grader.judge.bench import Bench
from grader.records.results import ClassResult, StudentResult, TestResult
from grader.reports.clean import clean, clean_json
from grader.reports.failure import failure_text
from grader.reports.scoreboard import scoreboard
from grader.reports.templating import script
from grader.reports.timeline_svg import timeline_svg
from grader.reports.timeline_text import timeline_text
from grader.rubric import Outcome

NOISE = [
    "\x1b[2J\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    "\x1b]52;c;b3duZWQ=\x07",
    "\x1b]8;;https://evil.test\x1b\\click\x1b]8;;\x1b\\",
    "\x9b2J\x9d0;x\x9c\x90q\x9c",
    "wrong\rright",
    "wrong\b\b\b\b\bright",
    "\x00\x01\x7f\x85",
    "\u202egnp.txt\u202c",
    "\u2066\u2067\u2069\u200f",
    "pas\u200bsed\ufeff",
    "\ufffe\uffff\U0001fffe",
    "\u2028\u2029",
    "<script>alert(1)</script>",
    "<img src=https://evil.test/x onerror=alert(1)>",
    '"\' onmouseover=alert(1) x="',
    "</title></style></svg></textarea><b>",
    "<!-- --><![CDATA[ ]]>",
    "&lt;b&gt; &#x3c;b&#x3e;",
    "![x](https://evil.test/leak)",
    "[x](javascript:alert(1))",
    "javascript:alert(1)",
    '=HYPERLINK("https://evil.test")',
    "+1",
    "-1+1|cmd",
    "@SUM(A1)",
    "::set-output name=score::100",
    "::error file=x::owned",
    "::stop-commands::t",
    "a\n::add-mask::b",
    "a\n  ::debug::b",
    "##[error]owned",
    "a ##[group]b",
    "##vso[task.complete result=Succeeded;]",
    "##teamcity[testFinished]",
    "section_start:0:x\r\x1b[0K",
    "https://::warning::x",
    "{{ 7919 * 7 }}",
    "{% raw %}",
    "${7*7}",
    "%s%n%d",
    "[bold red]x[/bold red]",
    "[link=https://evil.test]x[/link]",
    "`x` ``` x",
    "\\x1b[31m",
    "x" * 1_000_000,
    "line\n" * 100_000,
    "é" * 5000,
    "\u0301" * 3000,
    "🎉\U000e0041",
]

SUITE = '''
import asyncio

import pytest


@pytest.mark.correctness(points=2)
async def test_returns(student, number):
    """The answer is right."""
    assert await student.returns(number) == "right"


@pytest.mark.correctness(points=2)
async def test_raises(student, number):
    """The answer is not an error."""
    await student.raises(number)


@pytest.mark.correctness
async def test_raises_another(student, number):
    """The answer is not an error with a name of its own."""
    await student.raises_named(number)


@pytest.mark.concurrency
async def test_calls_back(student, number):
    """Nothing but the result comes back."""
    async def back(value):
        return value

    assert await student.calls_back(number, back) is None


@pytest.mark.concurrency
async def test_asks(student, number, http):
    """The request is for the shop."""
    http.get("https://shop.test/", latency=1)
    assert await student.asks(number) == 200


@pytest.mark.cancellation
async def test_waits(student, number):
    """The call ends."""
    await student.waits(number)


@pytest.mark.cancellation
async def test_ends(student, number):
    """The program does not end."""
    await student.ends(number)


@pytest.mark.cancellation
async def test_forges(student, number):
    """Notes are not forged."""
    await student.forges(number)
    assert False
'''
SOURCE = '''
import asyncio
import os
import sys

import aiohttp

NOISE = __NOISE__


def named(text):
    """A function with a name that no source could give it."""
    async def coroutine():
        await asyncio.Event().wait()
    try:
        coroutine.__name__ = coroutine.__qualname__ = text
    except (ValueError, UnicodeError):
        pass
    return coroutine


def error(text, base=Exception):
    try:
        return type(text[:5000], (base,), {})
    except (ValueError, UnicodeError):
        return base


async def returns(n):
    print(NOISE[n])
    sys.stderr.write(NOISE[n])
    return NOISE[n]


async def raises(n):
    asyncio.get_running_loop().call_soon(print, NOISE[n])
    raise ValueError(NOISE[n])


async def raises_named(n):
    raise error(NOISE[n])(NOISE[n])


async def calls_back(n, back):
    named(NOISE[n])()
    async def fails():
        raise error(NOISE[n])(NOISE[n])
    asyncio.create_task(fails())
    await asyncio.sleep(1)
    return {NOISE[n]: await back(NOISE[n]), n: [NOISE[n]]}


async def asks(n):
    async with aiohttp.ClientSession() as session:
        async with session.get("https://shop.test/", params={"q": NOISE[n][:2000]}) as response:
            return response.reason + NOISE[n]


async def waits(n):
    tasks = [asyncio.create_task(named(NOISE[n])(), name=NOISE[n]) for _ in range(30)]
    await asyncio.gather(*tasks)


async def ends(n):
    print(NOISE[n], flush=True)
    os._exit(3)


async def forges(n):
    from grader.boundary.messages import Call, Note
    machine = asyncio.get_running_loop().machine
    machine.post(Call(9, 0, "call", NOISE[n], [NOISE[n]], {}))
    machine.post(Note("unhandled", NOISE[n]))
    machine.post(Note("blocked", NOISE[n], 3, 0.0, 1.0))
'''


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ClassResult]:
    """A class in which each student hands in one kind of noise, graded by a real bench."""
    root = tmp_path_factory.mktemp("noisy")
    for place, text in {
        "exercises/course.toml": 'title = "Noise"\n\n[[tracks]]\nslug = "basics"\ntitle = "First"\ntitle_zh = "一"\n',
        "exercises/01_noise/exercise.toml": (
            'title = "Noise"\ntrack = "basics"\npoints = 10\ntopics = ["noise"]\nhints = ["?"]\n'
        ),
        "exercises/01_noise/noise.py": "\n",
        "exercises/01_noise/README.md": "# Noise\n",
        "exercises/01_noise/test_noise.py": "",
        "solutions/01_noise/noise.py": "\n",
        "tests/hidden/01_noise/test_hidden.py": SUITE.replace("(student, number", "(student").replace(
            "number)", "NUMBER)"
        ),
    }.items():
        path = root / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    suite = root / "tests/hidden/01_noise/test_hidden.py"
    suite.write_text(suite.read_text().replace("import pytest\n", "import pytest\n\nNUMBER = 0\n", 1))
    for number, noise in enumerate(NOISE):
        name = re.sub(r"[/\0]", "_", noise).encode("utf-8", "replace")[:200].decode("utf-8", "ignore")
        folder = root / "class" / (name if name.strip(".") else f"student {number}")
        folder.mkdir(parents=True)
        # Long noise is made by the submission: its file is of the size of any other.
        shown = {"x" * 1_000_000: "'x' * 1_000_000", "line\n" * 100_000: "'line\\n' * 100_000"}.get(noise, ascii(noise))
        (folder / "noise.py").write_text(SOURCE.replace("__NOISE__", f"[{shown}]"))
    judges = on_benches(lambda: Bench(root), 2)
    grade(Course.load(root), root / "class", root / "out", judges=judges, walls="none")
    return root / "out", msgspec.json.decode((root / "out" / "results.json").read_bytes(), type=ClassResult)


HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffe\uffff\ud800-\udfff\U000e0041]"
)
COMMAND = re.compile(r"^\s*::|##\w*\[", re.MULTILINE)


def assert_inert(text: str) -> None:
    assert not (found := HARMFUL.search(text)), (
        f"{found!r} near {text[max(0, found.start() - 60) : found.end() + 60]!r}"
    )


def each_test(result: ClassResult) -> list[tuple[StudentResult, TestResult]]:
    return [(student, test) for student in result.students for exercise in student.exercises for test in exercise.tests]


def test_noise_earns_nothing_and_is_charged(graded: tuple[Path, ClassResult]) -> None:
    """Each test of each submission fails, in one line of words, by no fault of the grader's."""
    _, result = graded

    assert len(result.students) == len(NOISE)
    assert len(each_test(result)) == 8 * len(NOISE)
    assert {test.ending for _, test in each_test(result)} <= {"rejected", "raised", "stuck"}
    assert sum(student.earned for student in result.students) == 0
    assert not [test.cause for _, test in each_test(result) if "\n" in test.cause]


def test_what_is_kept_of_noise_is_bounded(graded: tuple[Path, ClassResult]) -> None:
    """A megabyte in one line, and a hundred thousand lines, are no more in a report than a few."""
    out, result = graded

    for _, test in each_test(result):
        assert len(test.cause) <= 500
        assert sum(len(fact.value) for fact in test.facts) <= 12_000
        assert sum(map(len, test.notes)) <= 24_000
        assert len(test.printed) <= 21
        assert all(len(line) <= 200 for line in test.printed)
        assert all(len(span.label) <= 200 and len(span.detail) <= 200 for span in test.trace.spans)
    for page in out.rglob("*.html"):
        assert page.stat().st_size < 400_000
    assert (out / "results.json").stat().st_size < 2_000_000


def test_the_terminal_is_inert(graded: tuple[Path, ClassResult]) -> None:
    """No line of a failure, a timeline or the scoreboard steers the terminal, or begins a command of a CI log."""
    _, result = graded
    file = io.StringIO()
    console = Console(file=file, width=100, force_terminal=False)
    console.print(scoreboard(result))
    texts = [file.getvalue()]
    for _, test in each_test(result):
        fields = {name: getattr(test, name) for name in Outcome.__struct_fields__ if name != "weight"}
        texts += [failure_text(Outcome(**fields, weight=1.0), width=width) for width in (40, 80)]
        texts.append(timeline_text(test.trace, width=40).plain)

    for text in texts:
        assert_inert(text)
        assert not COMMAND.search(text), COMMAND.search(text)
        assert text.count("\n") < 120


class Page(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]


#: Where the pages of each folder may lead to: those of students to nothing but themselves.
LEADS_TO = {"out": ("students/", "exercises/"), "exercises": ("../students/", "../index.html"), "students": ()}


def test_pages_are_inert(graded: tuple[Path, ClassResult]) -> None:
    """No page holds a script but the kit's, a form, an image, a handler or an address that is not its own."""
    out, _ = graded
    source, policy = script("tables.js")

    for path in out.rglob("*.html"):
        text = path.read_text("utf-8")
        if path.parent.name != "students":
            assert text.count(f"<script>{source}</script>") == text.count(policy) == 1
            text = text.replace(f"<script>{source}</script>", "")
        page = Page()
        page.feed(text)
        assert_inert(text)
        assert not page.tags & {
            "script",
            "img",
            "iframe",
            "object",
            "embed",
            "form",
            "input",
            "link",
            "base",
            "textarea",
            "b",
        }
        for _, name, value in page.attributes:
            assert not name.startswith("on")
            if name in ("href", "src", "action", "xlink:href"):
                assert value.startswith(("#", *LEADS_TO[path.parent.name]))
        assert "default-src 'none'" in text
        assert "55433" not in text


def test_pictures_are_well_formed(graded: tuple[Path, ClassResult]) -> None:
    """Each SVG is legal XML whose only elements are those that the kit draws."""
    _, result = graded
    drawn = {"svg", "title", "desc", "style", "defs", "pattern", "rect", "path", "g", "text", "circle"}

    for _, test in each_test(result):
        picture = timeline_svg(test.trace)
        assert_inert(picture)
        assert {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(picture).iter()} <= drawn


def test_no_cell_is_a_formula(graded: tuple[Path, ClassResult]) -> None:
    """Names in the CSV are text to every spreadsheet, one row for each student."""
    out, _ = graded
    text = (out / "scores.csv").read_text("utf-8")
    rows = list(csv.reader(io.StringIO(text)))

    assert_inert(text)
    assert not COMMAND.search(text)
    assert len(rows) == 1 + len(NOISE)
    assert not [cell for row in rows for cell in row if cell.lstrip().startswith(("=", "+", "-", "@", "|", "%"))]


def test_results_are_inert_and_read_back(graded: tuple[Path, ClassResult]) -> None:
    """The JSON is the result, to the letter, and can be shown in a terminal or a log as it is."""
    out, result = graded
    text = (out / "results.json").read_text("utf-8")

    assert_inert(text)
    assert not COMMAND.search(text)
    assert msgspec.json.decode(text, type=ClassResult) == result


@pytest.mark.parametrize("noise", NOISE, ids=lambda noise: ascii(noise)[:30])
def test_cleaned_text_is_inert_in_a_log(noise: str) -> None:
    """Wherever a line is broken at a space, no part of it begins a command; cleaning twice changes nothing."""
    for text in (clean(noise), clean(noise, keep_lines=True)):
        assert not COMMAND.search(re.sub(r"\s", "\n", text))
        assert clean(text, keep_lines=True) == text
    encoded = clean_json(msgspec.json.encode([noise]).decode())
    assert_inert(encoded)
    assert msgspec.json.decode(encoded) == [noise]
