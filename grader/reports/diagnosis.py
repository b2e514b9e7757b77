"""The diagnosis of a machine as text."""

from __future__ import annotations

from collections.abc import Iterable

from rich.text import Text

from grader.reports.clean import clean


def diagnosis(
    parts: Iterable[tuple[str, bool, str]],
    level: str,
    attacks: Iterable[tuple[str, bool, str]],
    advice: Iterable[str],
    *,
    good: bool,
) -> Text:
    """What `grader doctor` shows: what the machine has, the level reached, each attack, what would raise the level."""
    text = Text()
    for name, here, detail in parts:
        text.append(f"{'✓' if here else '–'} {name:<12}", style="green" if here else "dim")
        text.append(f"{clean(detail)}\n")
    text.append("\nWalls around a submission: ")
    text.append(f"{level}\n\n", style="bold green" if good else "bold red")
    for name, held, detail in attacks:
        text.append("✓ held   " if held else "✗ failed ", style="green" if held else "bold red")
        text.append(f"{name:<36}")
        text.append(f"{clean(detail)}\n", style="dim")
    if advice := list(advice):
        text.append("\nTo raise the level:\n")
        for sentence in advice:
            text.append(f"  {sentence}\n")
    return text
