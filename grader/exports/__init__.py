"""The results of a class in the formats of other systems: pure functions from results to text."""

from __future__ import annotations

from grader.exports.canvas import canvas
from grader.exports.feedback import FEEDBACK, Feedback
from grader.exports.files import VISIBILITIES, Export, Exporter, File, Options, Visibility
from grader.exports.gradebook import csv
from grader.exports.gradescope import gradescope
from grader.exports.jsonl import jsonl
from grader.exports.junit import junit
from grader.exports.markdown import markdown
from grader.exports.moodle import moodle
from grader.exports.reading import ExportError, Results

FORMATS: dict[str, Exporter] = {
    "canvas": canvas,
    "csv": csv,
    "gradescope": gradescope,
    "jsonl": jsonl,
    "junit": junit,
    "markdown": markdown,
    "moodle": moodle,
}
#: Those that are a folder of files.
FOLDERS = frozenset({"gradescope"})

__all__ = [
    "FEEDBACK",
    "FOLDERS",
    "FORMATS",
    "VISIBILITIES",
    "Export",
    "ExportError",
    "Exporter",
    "Feedback",
    "File",
    "Options",
    "Results",
    "Visibility",
]
