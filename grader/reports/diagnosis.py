"""The diagnosis of a machine as text."""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import cell_len
from rich.text import Text

from grader.reports.clean import clean
from grader.reports.wrapping import hanging

# The columns at which details begin.
_PARTS, _HELD, _ATTACKS = 14, 9, 36


def diagnosis(
    parts: Iterable[tuple[str, bool, str]],
    level: str,
    attacks: Iterable[tuple[str, bool, str]],
    advice: Iterable[str],
    *,
    good: bool,
    width: int = 80,
) -> Text:
    """What `grader doctor` shows: what the machine has, the level reached, each attack, what would raise the level."""
    text = Text()
    for name, here, detail in parts:
        text.append(f"{'✓' if here else '–'} {name:<{_PARTS - 2}}", style="green" if here else "dim")
        text.append(f"{hanging(clean(detail), width, _PARTS)}\n")
    text.append("\nWalls around a submission: ")
    text.append(f"{level}\n\n", style="bold green" if good else "bold red")
    attacks = [(name, held, clean(detail)) for name, held, detail in attacks]
    # Beside the names where there is room, beneath them elsewhere.
    beside = max((_HELD + _ATTACKS + cell_len(detail) for _, _, detail in attacks), default=0) <= width
    for name, held, detail in attacks:
        text.append("✓ held   " if held else "✗ failed ", style="green" if held else "bold red")
        text.append(f"{name:<{_ATTACKS}}" if beside else f"{name}\n{' ' * _HELD}")
        text.append(f"{hanging(detail, width, _HELD)}\n", style="dim")
    if advice := list(advice):
        text.append("\nTo raise the level:\n")
        for sentence in advice:
            text.append(f"  {hanging(sentence, width, 2)}\n")
    return text
