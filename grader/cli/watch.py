"""`grader watch`: checks on each save, with keys for everything else."""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console, Group, RenderableType
from rich.text import Text

from grader.catalog import CatalogError, Course, Exercise
from grader.cli.learn import hints_of, lang_option, load, practice_bench
from grader.cli.running import Trouble, course_option, say, troubles
from grader.desk.practice import Checked, check
from grader.desk.progress import Progress, digest, digest_of
from grader.judge.bench import Bench
from grader.messages import tr
from grader.reports.desk import check_screen, hints_screen, next_step, progress_map, run_screen, verdict_sentence
from grader.reports.wrapping import flow, wrap

#: Real milliseconds for which the file system must be quiet before a save counts, and between two looks at it.
QUIET, LOOK_EVERY = 20, 5


@dataclass(frozen=True)
class Saved:
    """Files have changed."""

    paths: tuple[Path, ...]


@dataclass(frozen=True)
class Pressed:
    """A key."""

    key: str


class Watch:
    """What is watched: the exercise in hand and how it last fared. `handle` turns an event into a screen."""

    def __init__(self, course: Course, progress: Progress, bench: Bench, current: Exercise) -> None:
        self.current = current
        self._course = course
        self._progress = progress
        self._bench = bench
        self._checked: Checked | None = None

    def handle(self, event: Saved | Pressed, width: int) -> RenderableType | None:
        """The screen after `event`; None where nothing is to be painted."""
        if isinstance(event, Saved):
            return self._saved(event.paths, width)
        if event.key == "h":
            return self._hint(width)
        if event.key == "n":
            self.current = self._progress.next(self._course, self.current) or self.current
            return self.check(width)
        if event.key == "l":
            return Group(
                progress_map(self._course, self._progress, width=width),
                next_step(self._course, self._progress, width=width),
            )
        if event.key == "t" and self._checked is not None and self._checked.tests:
            return run_screen(self._checked.first_failure or self._checked.tests[0], width=width)
        if event.key in ("c", "\r", "\n"):
            return self.check(width)
        return None

    def _saved(self, paths: tuple[Path, ...], width: int) -> RenderableType | None:
        for path in paths:
            try:
                exercise = self._course.find(str(path))
            except CatalogError:
                continue
            if path == exercise.examples:
                # A bench reads a suite once.
                self._bench.close()
                self._checked = None
            elif path != exercise.stub:
                continue
            unchanged = self._checked is not None and digest(self._checked.source) == digest_of(exercise)
            if exercise == self.current and unchanged:
                continue
            self.current = exercise
            return self.check(width)
        return None

    def check(self, width: int) -> RenderableType:
        """Check the exercise in hand, and move on when it is done."""
        try:
            (checked,) = check([self.current], open_bench=lambda: nullcontext(self._bench), workers=1)
        except CatalogError as error:
            # The file may be missing for a moment while an editor writes it.
            return Text(str(error))
        self._checked = checked
        if not checked.problem:
            self._progress.checked(checked.exercise, checked.source, checked.passed, len(checked.tests))
        parts: list[RenderableType] = [check_screen(checked, width=width)]
        parts.append(Text("\n".join(wrap(verdict_sentence(self._course, self._progress, [checked]), width))))
        if checked.good and (following := self._progress.next(self._course, self.current)) is not None:
            self.current = following
            parts += ["", next_step(self._course, self._progress, checked.exercise, width=width)]
        return Group(*parts)

    def _hint(self, width: int) -> RenderableType:
        hints = hints_of(self.current)
        if not hints:
            return Text(tr("{exercise} has no hints.", exercise=self.current.name))
        count = self._progress.hinted(self.current)
        return hints_screen(hints[:count], width)


@click.command()
@click.argument("exercise", required=False)
@course_option
@lang_option
def watch(exercise: str | None, course_path: Path | None, lang: str | None) -> None:
    """Check on each save. Keys: h hint, n next, l list, t timeline, c check, q quit."""
    console = Console()
    with troubles():
        course = load(course_path, lang)
        if not (console.is_terminal and sys.stdin.isatty()):
            raise Trouble(tr("`grader watch` needs a terminal; use `grader check` elsewhere."))
        progress = Progress.load(course.root)
        current = course.find(exercise) if exercise else progress.next(course) or course.exercises[0]
        with practice_bench(course) as bench, _events(course) as events:
            desk = Watch(course, progress, bench, current)
            _paint(console, desk.check(console.width))
            for event in events:
                if (screen := desk.handle(event, console.width)) is not None:
                    _paint(console, screen)
    say(console, tr("Go on at any time with `grader watch`."))


def _paint(console: Console, screen: RenderableType) -> None:
    console.clear()
    console.print(screen, soft_wrap=True)
    keys = (
        ("h", tr("hint")),
        ("n", tr("next")),
        ("l", tr("list")),
        ("t", tr("timeline")),
        ("c", tr("check")),
        ("q", tr("quit")),
    )
    parts = [Text.assemble((key, "bold"), (f" {words}", "dim")) for key, words in keys]
    console.print("", *flow(parts, console.width), sep="\n")


@contextmanager
def _events(course: Course) -> Iterator[Iterator[Saved | Pressed]]:
    """Saves and keys, as they come, until `q` or Ctrl-C."""
    import watchfiles

    events: queue.SimpleQueue[Saved | Pressed] = queue.SimpleQueue()
    stop = threading.Event()

    def look() -> None:
        folder = course.root / "exercises"
        for changes in watchfiles.watch(folder, debounce=QUIET, step=LOOK_EVERY, stop_event=stop, rust_timeout=500):
            events.put(Saved(tuple(sorted({Path(path) for _, path in changes}))))

    def listen() -> None:
        while not stop.is_set():
            try:
                key = click.getchar()
            except (KeyboardInterrupt, EOFError):
                key = "q"
            events.put(Pressed(key))
            if key == "q":
                return

    def until_quit() -> Iterator[Saved | Pressed]:
        while (event := events.get()) != Pressed("q"):
            yield event

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    threading.Thread(target=listen, daemon=True).start()
    try:
        yield until_quit()
    finally:
        stop.set()
        looking.join()
