"""The results of a class in the formats of other systems: pure functions from results to text."""

from __future__ import annotations

from grader.exports import canvas, gradebook, gradescope, jsonl, junit, markdown, moodle
from grader.exports.files import VISIBILITIES, Export, Exporter, File, Options, Visibility
from grader.exports.reading import ExportError, Results

FORMATS: dict[str, Exporter] = {
    "canvas": canvas.export,
    "csv": gradebook.export,
    "gradescope": gradescope.export,
    "jsonl": jsonl.export,
    "junit": junit.export,
    "markdown": markdown.export,
    "moodle": moodle.export,
}
#: Those that are a folder of files.
FOLDERS = frozenset({"gradescope"})

__all__ = [
    "FOLDERS",
    "FORMATS",
    "VISIBILITIES",
    "Export",
    "ExportError",
    "Exporter",
    "File",
    "Options",
    "Results",
    "Visibility",
]
