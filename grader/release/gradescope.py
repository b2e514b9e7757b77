"""An autograder for Gradescope: the zip archive that an instructor uploads.

https://gradescope-autograders.readthedocs.io/en/latest/specs/
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from grader.catalog import Exercise
from grader.release.folder import environment, kit
from grader.release.wheel import wheel, zipped

#: The two programs that Gradescope looks for.
PROGRAMS = ("setup.sh", "run_autograder")


def autograder(
    exercises: Sequence[Exercise], course_files: Mapping[str, bytes], *, feedback: str, unsafe: bool = False
) -> bytes:
    """The archive: both programs, the kit as a wheel, and the files of the course that grading needs.

    Raises:
        ReleaseError: the kit is not wholly installed.
    """
    name, contents = wheel(kit())
    templates = environment("autograder")
    said = {
        "wheel": name,
        "feedback": feedback,
        "unsafe": unsafe,
        "exercises": [exercise.name for exercise in exercises],
    }
    programs = {program: templates.get_template(f"{program}.j2").render(said).encode() for program in PROGRAMS}
    course = {f"course/{place}": content for place, content in sorted(course_files.items())}
    return zipped({**programs, name: contents, **course}, frozenset(PROGRAMS))
