"""A course that can be released, and the release of the real one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from grader.catalog import Course
from grader.release import release

ROOT = Path(__file__).parents[2]
STUB = '"""Wait."""\n\n\nasync def wait(seconds):\n    # TODO: wait.\n    return seconds\n'
SOLUTION = (
    '"""Wait."""\n\nimport asyncio\n\n\nasync def wait(seconds):\n    return await asyncio.sleep(seconds, seconds)\n'
)


@pytest.fixture
def course(course_builder, write_file):
    """Three exercises in two tracks, with stubs and solutions."""
    root = course_builder.root
    with (root / "exercises/course.toml").open("a", encoding="utf-8") as file:
        file.write('\n[[tracks]]\nslug = "later"\ntitle = "A \\"later\\" track"\n')
    for name, track in (("01_first_wait", "basics"), ("02_second_wait", "later"), ("03_third_wait", "basics")):
        slug = name.partition("_")[2]
        course_builder.add(name, f'title = "{slug}"\ntrack = "{track}"\npoints = 10\n')
        write_file(root, f"exercises/{name}/README.md", f"# {slug}\n\nWait for it.\n\n## Story\n")
        write_file(root, f"exercises/{name}/{slug}.py", STUB)
        write_file(root, f"solutions/{name}/{slug}.py", SOLUTION)
    return course_builder


@pytest.fixture(scope="session")
def copied_course(tmp_path_factory) -> Path:
    """The real course's files, apart from the repository that they are developed in."""
    root = tmp_path_factory.mktemp("kit")
    for home in ("exercises", "solutions", "tests/hidden"):
        shutil.copytree(ROOT / home, root / home, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    return root


@pytest.fixture(scope="session")
def released(copied_course, tmp_path_factory) -> Path:
    """The students' repository of the whole course. Tests that write use a clone of it."""
    folder = tmp_path_factory.mktemp("released") / "course"
    release(Course.load(copied_course), folder)
    return folder
