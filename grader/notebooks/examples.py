"""The magic ``%%examples``: a student's own Jupyter judges the solution cell by the examples below the magic.

The solution runs in a process of its own and in virtual time, never in the kernel: a kernel's event loop runs
already, and its clock is real.
"""

from __future__ import annotations

import argparse
import re
import shlex
import tempfile
from collections.abc import Sequence
from pathlib import Path

from IPython.core.error import UsageError
from IPython.core.interactiveshell import ExecutionInfo, InteractiveShell
from IPython.display import publish_display_data

from grader.judge.job import BenchError, Job
from grader.messages import LANGUAGES, speaking, tr
from grader.notebooks.cells import SOLUTION
from grader.records.results import TestResult
from grader.reports.notebook_cell import cell_html, cell_text
from grader.rubric import score

_ASKED_FOR = re.compile(r"\bstudent\.(\w+)")
_DEFINED = re.compile(r"^(?:async +def|def|class) +(\w+)|^(\w+) *[:=]", re.MULTILINE)
_NAME = re.compile(r"\d\d_[a-z][a-z0-9_]*")


class ExamplesFailed(Exception):
    """Not all examples pass. Jupyter shows the sentence alone, and nbgrader's Validate takes note."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


class Examples:
    """The magic of one kernel. Remembers what was last run in the solution cell, where the front end names cells."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self._solution: str | None = None

    def register(self) -> None:
        """Add the magic, in the place of an earlier one."""
        for known in list(self._shell.events.callbacks["pre_run_cell"]):
            if isinstance(getattr(known, "__self__", None), Examples):
                self._shell.events.unregister("pre_run_cell", known)
        self._shell.events.register("pre_run_cell", self.before_cell)
        self._shell.register_magic_function(self.run, "cell", "examples")  # type: ignore[arg-type]

    def before_cell(self, info: ExecutionInfo) -> None:
        """Called by IPython before each cell."""
        if getattr(info, "cell_id", None) == SOLUTION:
            self._solution = info.raw_cell

    def run(self, line: str, cell: str) -> None:
        """Judge the solution by the tests in `cell` and show how it went.

        Raises:
            ExamplesFailed: an example does not pass, or none could be run.
        """
        arguments = _arguments(line)
        with speaking(arguments.lang):
            source = self._found(cell)
            if source is None:
                raise ExamplesFailed(tr("Run the cell with the solution first."))
            tests = _judged(arguments.exercise, source, cell, arguments.cpu_seconds)
            passed = sum(test.ending == "passed" for test in tests)
            heading = tr("{passed} of {total} examples pass.", passed=passed, total=len(tests))
            _show(heading, tests)
            if passed < len(tests):
                raise ExamplesFailed(heading)

    def _found(self, cell: str) -> str | None:
        """The solution: what was last run in its cell, or in any that defines what the examples ask for."""
        if self._solution is not None:
            return self._solution
        wanted = set(_ASKED_FOR.findall(cell))
        history = self._shell.history_manager
        inputs: list[str] = history.input_hist_raw if history is not None else []
        for run in reversed(inputs):
            defined = {name for pair in _DEFINED.findall(run) for name in pair}
            if wanted & defined and not run.lstrip().startswith("%%examples"):
                return run
        return None


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override]
        raise UsageError(f"%%examples: {message}.")


def _arguments(line: str) -> argparse.Namespace:
    parser = _Parser(prog="%%examples", add_help=False)
    parser.add_argument("exercise")
    parser.add_argument("--lang", choices=LANGUAGES, default="en")
    parser.add_argument("--cpu-seconds", type=float, default=2.0)
    arguments = parser.parse_args(shlex.split(line))
    if not _NAME.fullmatch(arguments.exercise):
        raise UsageError(f"%%examples: {arguments.exercise!r} is no name of an exercise.")
    return arguments


def _judged(exercise: str, source: str, tests: str, cpu_seconds: float) -> Sequence[TestResult]:
    """How each test ended, in a course that is there for this run only."""
    # Imported here: pytest and aiohttp are slow to import.
    from grader.judge.bench import Bench

    slug = exercise.partition("_")[2]
    with tempfile.TemporaryDirectory(prefix="examples-") as place:
        folder = Path(place).resolve() / "exercises" / exercise
        folder.mkdir(parents=True)
        (folder / "exercise.toml").touch()
        suite = folder / f"test_{slug}.py"
        suite.write_text(tests, "utf-8")
        job = Job(
            exercise=exercise,
            suite=(str(suite),),
            module=slug,
            source=source.encode("utf-8", "replace"),
            points=1.0,
            weather_seeds=None,
            cpu_seconds=cpu_seconds,
            traces=True,
        )
        # One's own code: the walls that cost nothing, where the system has them.
        with Bench(folder.parents[1], walls="filtered") as bench:
            try:
                return score(bench.judge(job), job.points)
            except BenchError as error:
                raise ExamplesFailed(tr("The grader failed, not the code: {error}", error=error)) from None
            except KeyboardInterrupt:
                bench.interrupt()
                raise ExamplesFailed(tr("Interrupted.")) from None


def _show(heading: str, tests: Sequence[TestResult]) -> None:
    shown = {"text/html": cell_html(heading, tests, scored=False), "text/plain": cell_text(heading, tests)}
    publish_display_data(shown)  # type: ignore[no-untyped-call]
