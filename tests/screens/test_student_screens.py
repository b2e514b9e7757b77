"""Every screen of the student's commands, taken of the real commands on a desk with a few exercises."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from rich.cells import cell_len
from rich.console import Console

import grader.cli.learn
from grader import messages
from grader.cli.watch import Pressed, Watch, _paint
from grader.desk.progress import Progress
from grader.judge.bench import Bench
from grader.judge.job import BenchError, Job
from grader.records.results import Ending
from grader.rubric import Outcome
from tests.screens.conftest import FORMS, STYLE, TERMINAL, UNSET, Desk

EVERY = ("wide", "narrow", "chinese", "chinese_narrow")


def _as_it_is(desk: Desk) -> None:
    """Nothing has been done yet."""


@dataclass(frozen=True)
class Scene:
    """What stands on the desk, the command that is given, and the forms in which its screen is kept."""

    command: str
    desk: Callable[[Desk], None] = _as_it_is
    forms: tuple[str, ...] = EVERY


def _begun(desk: Desk) -> None:
    desk.solve(1)
    desk.checked(1)
    desk.checked(12, passed=1)


def _all_done(desk: Desk) -> None:
    for number in (1, 12, 13, 16):
        desk.solve(number)
        desk.checked(number)


def _long_titles(desk: Desk) -> None:
    declaration = desk.root / "exercises" / "course.toml"
    declaration.write_text(declaration.read_text("utf-8").replace("Coordination", "Tasks that wait for each other"))


def _mixed(desk: Desk) -> None:
    desk.solve(1)
    desk.solve(13)


def _writes(number: int, body: str) -> Callable[[Desk], None]:
    """The function of exercise 12 has another body."""
    head = "import asyncio, time\n\n\nasync def download_all(session, urls, limit):\n"
    return lambda desk: desk.write(number, head + "".join(f"    {line}\n" for line in body.splitlines()))


_RAISES = """\
async with session.get(urls[0]) as response:
    return [await response.text(encoding=limit)]
"""
_BLOCKS = """\
bodies = []
for url in urls:
    time.sleep(0.5)
    async with session.get(url) as response:
        bodies.append(await response.read())
return bodies
"""
_DEADLOCK = """\
door = asyncio.Lock()
async with door:
    async with session.get(urls[0]) as response:
        await response.read()
    await asyncio.gather(door.acquire(), asyncio.Event().wait())
"""
_FORGETS = """\
print("downloading", len(urls), "posters")
print("with a limit of", limit)
asyncio.sleep(1)
return None
"""
_SPINS = """\
while True:
    await asyncio.sleep(0)
"""

SCENES = {
    "list_nothing_done": Scene(""),
    "list_some_done": Scene("", _begun, (*EVERY, "colour")),
    "list_all_done": Scene("", _all_done),
    "list_long_titles": Scene("", _long_titles, ("wide", "narrow")),
    "check_passed": Scene("check 12", lambda desk: desk.solve(12), (*EVERY, "colour")),
    "check_passed_all": Scene("check 16", _all_done, ("wide", "chinese")),
    "check_rejected": Scene("check 12", forms=(*EVERY, "colour", "no_colour")),
    "check_raised": Scene("check 12", _writes(12, _RAISES)),
    "check_blocked": Scene("check 12", _writes(12, _BLOCKS), (*EVERY, "colour")),
    "check_deadlock": Scene("check 12", _writes(12, _DEADLOCK)),
    "check_livelock": Scene("check 12", _writes(12, _SPINS), ("wide", "chinese_narrow")),
    "check_notes": Scene("check 12", _writes(12, _FORGETS)),
    "check_ended_its_process": Scene("check 12", _writes(12, "raise SystemExit(3)"), ("wide", "chinese_narrow")),
    "check_syntax_error": Scene(
        "check 12", lambda desk: desk.write(12, "async def download_all(session, urls, limit:\n")
    ),
    "check_name_missing": Scene("check 12", lambda desk: desk.write(12, "import asyncio\n"), ("wide", "chinese")),
    "check_swallowed_cancellation": Scene("check 12", lambda desk: desk.take(12, "mistakes/swallows_cancellation.py")),
    "check_money_lost": Scene("check 16"),
    "check_hidden": Scene("check 12 --hidden", lambda desk: desk.take(12, "mistakes/ignores_the_limit.py")),
    "check_everything": Scene("check --all", _mixed),
    "hint_first": Scene("hint 12"),
    "hint_last": Scene("hint 12", lambda desk: desk.hinted(12, 2)),
    "show": Scene("show 12"),
    "timeline_passed": Scene("timeline 12 timetable", lambda desk: desk.solve(12), (*EVERY, "colour")),
    "timeline_cancelled": Scene("timeline 12 cancelling"),
    "timeline_failed": Scene("timeline 12"),
    "play": Scene("play 12 limit_holds --weather 3 --hidden"),
    "play_passed": Scene("play 12 limit_holds --weather 3 --hidden", lambda desk: desk.solve(12)),
    "error_no_such_exercise": Scene("check 99"),
    "error_near_match": Scene("show download"),
    "error_both": Scene("check 1 --all"),
    "error_no_such_test": Scene("timeline 12 nothing"),
    "error_no_course": Scene("check --course nowhere"),
    "error_file_missing": Scene("check 12", lambda desk: desk.exercise(12).stub.unlink()),
    "error_progress_unreadable": Scene("hint 12", lambda desk: _broken_progress(desk)),
    "error_no_hidden_suite": Scene("check 1 --hidden"),
    "error_no_terminal": Scene("watch"),
}


def _broken_progress(desk: Desk) -> None:
    (desk.root / ".grader-progress.json").write_text('{"format": 3}')


#: These are click's own: it asks for at least fifty columns, and speaks as it is imported.
USAGES = {
    "usage_unknown_command": "chek 12",
    "usage_unknown_option": "check --hiden 12",
    "usage_missing_argument": "timeline",
    "usage_bad_value": "play 12 --weather rain",
    "help": "--help",
    "help_check": "check --help",
    "help_watch": "watch --help",
}

each_screen = pytest.mark.parametrize(
    ("name", "form"), [(name, form) for name, scene in SCENES.items() for form in scene.forms]
)


@each_screen
def test_the_screen_is_as_kept(
    name: str, form: str, desk: Desk, screen: Callable[..., str], matches_golden: Callable[[str, str], None]
) -> None:
    """What the command says today is what its golden file holds, and no line is broken by the terminal."""
    scene = SCENES[name]
    scene.desk(desk)

    shown = screen(form, *scene.command.split())

    matches_golden(f"{name}_{form}.txt", shown)
    width = int(FORMS[form]["COLUMNS"])
    too_wide = [line for line in STYLE.sub("", shown).splitlines() if cell_len(line) > width]
    # A path is not to be broken: a terminal finds it only when it is whole.
    assert [line for line in too_wide if " " in line.strip()] == []


@pytest.mark.parametrize(("name", "form"), [(name, form) for name in USAGES for form in ("wide", "chinese")])
def test_usage_is_told_as_kept(name: str, form: str, matches_golden: Callable[[str, str], None]) -> None:
    """Help, and what is said of arguments that no command takes."""
    environment = {name: value for name, value in os.environ.items() if name not in UNSET}
    done = subprocess.run(
        [sys.executable, "-m", "grader", *USAGES[name].split()],
        env={**environment, **TERMINAL, **FORMS[form], "PYTHONUTF8": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )

    assert done.returncode == (0 if "help" in name else 2)
    matches_golden(f"{name}_{form}.txt", done.stdout.replace("python -m grader", "grader"))


@pytest.mark.parametrize("name", ["list_some_done", "check_rejected", "check_blocked", "timeline_passed"])
def test_colour_only_repeats(name: str, desk: Desk, screen: Callable[..., str]) -> None:
    """Without its colours a screen says the same, and with NO_COLOR it has none."""
    shown = {}
    for form in ("wide", "colour", "no_colour"):
        SCENES[name].desk(desk)
        shown[form] = screen(form, *SCENES[name].command.split())

    plain = [line.rstrip() for line in shown["wide"].splitlines()]
    assert [line.rstrip() for line in STYLE.sub("", shown["colour"]).splitlines()] == plain
    assert [line.rstrip() for line in STYLE.sub("", shown["no_colour"]).splitlines()] == plain
    styles = {code for style in STYLE.findall(shown["no_colour"]) for code in style[2:-1].split(";")}
    assert styles <= {"0", "1", "2", ""}
    assert "\x1b[" in shown["colour"]


class FaultyBench:
    """A bench that fails: in one test, or altogether."""

    def __init__(self, *endings: Ending) -> None:
        self.endings = endings

    def __enter__(self) -> FaultyBench:
        return self

    def __exit__(self, *error: object) -> None:
        """There is nothing to close."""

    def interrupt(self) -> None:
        """Judging is instant here."""

    def judge(self, job: Job) -> tuple[Outcome, ...]:
        if not self.endings:
            raise BenchError("The worker that judged this submission has died.")
        sentences = (
            "The bodies are in the order of the URLs, whichever arrives first.",
            "When the caller is cancelled, no download goes on.",
        )
        return tuple(
            Outcome(f"test_{at}", "correctness", 1, ending, sentence, "The grader ran out of memory." if at else "")
            for at, (ending, sentence) in enumerate(zip(self.endings, sentences, strict=True))
        )


FAULTS: dict[str, tuple[Ending, ...]] = {
    "check_grader_error": ("passed", "grader error"),
    "check_not_judged": (),
}


@pytest.mark.parametrize(("name", "form"), [(name, form) for name in FAULTS for form in (*EVERY, "colour")])
def test_a_fault_of_the_graders_own_is_told_as_kept(
    name: str,
    form: str,
    desk: Desk,
    screen: Callable[..., str],
    matches_golden: Callable[[str, str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The student is not to search for what is not in the code."""
    monkeypatch.setattr(grader.cli.learn, "practice_bench", lambda course: FaultyBench(*FAULTS[name]))

    matches_golden(f"{name}_{form}.txt", screen(form, "check", "12"))


WATCHED: dict[str, tuple[Callable[[Desk], None], str]] = {
    "watch_rejected": (_as_it_is, "c"),
    "watch_done": (lambda desk: desk.solve(12), "c"),
    "watch_hint": (_as_it_is, "h"),
    "watch_list": (_begun, "l"),
    "watch_timeline": (_as_it_is, "t"),
}


@pytest.mark.parametrize(("name", "form"), [(name, form) for name in WATCHED for form in (*EVERY, "colour")])
def test_the_screen_of_watch_is_as_kept(
    name: str,
    form: str,
    desk: Desk,
    bench: Bench,
    screen: Callable[..., str],
    matches_golden: Callable[[str, str], None],
) -> None:
    """What `grader watch` paints after a key, in a terminal of its own (`tests/desk/test_watch.py` drives it)."""
    prepare, key = WATCHED[name]
    prepare(desk)

    def draw() -> None:
        console = Console()
        messages.use(messages.preferred(), desk.course.locale)
        watch = Watch(desk.course, Progress.load(desk.root), bench, desk.exercise(12))
        if key == "t":
            watch.check(console.width)
        shown = watch.handle(Pressed(key), console.width)
        assert shown is not None
        _paint(console, shown)

    matches_golden(f"{name}_{form}.txt", screen(form, draw=draw))
