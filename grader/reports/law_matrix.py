"""Draws the law over one exercise as a matrix: its own submissions against its hidden tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from grader.law import Column, LawReport, Trial
from grader.records.results import DIMENSIONS, Dimension, Ending
from grader.reports.wording import points
from grader.reports.wrapping import flow, wrap

# The second symbol is for terminals that show ASCII only.
_SYMBOLS: dict[Ending, tuple[str, str, str]] = {
    "passed": ("✓", ".", "green"),
    "rejected": ("✗", "x", "yellow"),
    "raised": ("!", "!", "yellow"),
    "stuck": ("∞", "o", "yellow"),
    "grader error": ("?", "?", "bold red"),
}
_ABSENT = " "
_SHORT: dict[Dimension, str] = {"correctness": "corr", "concurrency": "conc", "cancellation": "canc"}
_MIN_LABEL = 16
_NARROW = 60
_GAP = "  "


def law_matrix(report: LawReport) -> LawMatrix:
    """The matrix of one exercise, its legend and the breaches below it; fits 80 columns."""
    return LawMatrix(report)


@dataclass(frozen=True)
class LawMatrix:
    """A rich renderable; each line is cut to the width of the console."""

    report: LawReport

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        ascii_only = options.ascii_only
        yield Text(self.report.exercise, style="bold")
        if self.report.columns:
            for line in self._table(options.max_width, ascii_only):
                line.truncate(options.max_width)
                yield line
            yield Text()
            yield from self._legend(options.max_width, ascii_only)
        for breach in self.report.breaches:
            yield Text("\n".join(wrap(f"breach: {breach}", options.max_width)), style="red")

    def _table(self, width: int, ascii_only: bool) -> Iterator[Text]:
        verdicts = [
            _verdict(trial, lawful) for trial, lawful in zip(self.report.trials, self.report.lawful, strict=True)
        ]
        fixed = max(map(len, verdicts)) + len(_GAP)
        groups = _groups(self.report.columns, width - fixed - _MIN_LABEL)
        room = width - fixed - sum(group.width + len(_GAP) for group in groups)
        if room < _MIN_LABEL:
            # Half a matrix tells nothing; how each file fared does.
            groups, room = [], width - fixed
        labels = [_label(trial) for trial in self.report.trials]
        label_width = min(max(map(len, labels)), max(room, _MIN_LABEL))
        for heading in _headings(groups):
            yield Text(" " * label_width + heading, style="dim")
        for trial, lawful, label, verdict in zip(self.report.trials, self.report.lawful, labels, verdicts, strict=True):
            line = Text(_fit(label, label_width, ascii_only))
            endings = {result.name: result.ending for result in trial.results}
            for group in groups:
                line.append(_GAP)
                line.append_text(group.cells(endings, ascii_only))
            line.append(_GAP)
            line.append(verdict, style="green" if lawful else "bold red")
            yield line

    def _legend(self, width: int, ascii_only: bool) -> Iterator[Text]:
        at = 1 if ascii_only else 0
        symbols = [Text(f"{symbols[at]} {ending}", style="dim") for ending, symbols in _SYMBOLS.items()]
        yield from flow(symbols, width)
        for number, column in enumerate(self.report.columns, 1):
            dimension = f"{column.dimension:<12}" if width >= _NARROW else _SHORT[column.dimension]
            line = Text(f"{number:>3}  {dimension}  {column.name}")
            if not column.failed_by_some:
                line.append("  failed by nobody", style="red")
            yield line


@dataclass(frozen=True)
class _Group:
    """The columns of one dimension, two characters each. `first` is the number of the first."""

    title: str
    columns: Sequence[Column]
    first: int

    @property
    def width(self) -> int:
        return max(len(self.title), 2 * len(self.columns) - 1)

    def numbers(self, place: int) -> str:
        """One digit of each column's number; `place` is 10 for the tens, 1 for the units."""
        numbers = range(self.first, self.first + len(self.columns))
        digits = [" " if number < place else str(number // place % 10) for number in numbers]
        return " ".join(digits).ljust(self.width)

    def cells(self, endings: dict[str, Ending], ascii_only: bool) -> Text:
        cells = Text()
        for column in self.columns:
            ending = endings.get(column.name)
            unicode, plain, style = _SYMBOLS[ending] if ending else (_ABSENT, _ABSENT, "")
            cells.append(plain if ascii_only else unicode, style=style)
            cells.append(" ")
        cells.truncate(self.width, pad=True)
        return cells


def _groups(columns: Sequence[Column], room: int) -> list[_Group]:
    """The dimensions that have tests, with titles as long as there is room for."""
    for titles in ({dimension: str(dimension) for dimension in DIMENSIONS}, _SHORT):
        groups: list[_Group] = []
        first = 1
        for dimension in DIMENSIONS:
            held = [column for column in columns if column.dimension == dimension]
            if held:
                groups.append(_Group(titles[dimension], held, first))
                first += len(held)
        if sum(group.width + len(_GAP) for group in groups) <= room:
            break
    return groups


def _headings(groups: Sequence[_Group]) -> Iterator[str]:
    if not groups:
        return
    yield "".join(_GAP + group.title.ljust(group.width) for group in groups).rstrip()
    if groups[-1].first + len(groups[-1].columns) > 10:
        yield "".join(_GAP + group.numbers(10) for group in groups).rstrip()
    yield "".join(_GAP + group.numbers(1) for group in groups).rstrip()


def _label(trial: Trial) -> str:
    name = PurePosixPath(trial.candidate.path).stem
    match trial.candidate.role:
        case "alternative":
            return f"solution: {name}"
        case "mistake":
            return f"mistake: {name}"
        case role:
            return role


def _fit(label: str, width: int, ascii_only: bool) -> str:
    if len(label) <= width:
        return label.ljust(width)
    dots = "..." if ascii_only else "…"
    return label[: width - len(dots)] + dots


def _verdict(trial: Trial, lawful: bool) -> str:
    if trial.problem or not trial.results:
        return "not judged"
    if any(result.ending == "grader error" for result in trial.results):
        return "grader error"
    match trial.candidate.role:
        case "mistake":
            return "caught" if lawful else "not caught"
        case "stub":
            return "fails" if lawful else "FULL MARKS" if not trial.lost else "unlawful"
        case _:
            return f"loses {points(trial.lost)}" if trial.lost else "full marks"
