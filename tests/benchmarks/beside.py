"""The same class graded by the kit, by nbgrader, and by a cold pytest for each submission."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

HERE = Path(__file__).parent
STUDENTS = 60
COURSE = """
title = "Benchmark"

[[tracks]]
slug = "basics"
title = "Basics"
"""
EXERCISE = """
title = "Fetching"
title_zh = "Fetching"
track = "basics"
points = 10
topics = ["requests"]
hints = ["Together."]
hints_zh = ["Together."]
"""


def submissions(source: str) -> Iterator[tuple[str, str]]:
    """Students, and their files: no two are the same."""
    for number in range(STUDENTS):
        yield f"student_{number:02}", f"{source}\n# Handed in by student {number}.\n"


def by_grade(root: Path, source: str, suite: str) -> Callable[[], None]:
    """`grader grade` with all walls, on all cores, into an empty ledger."""
    files = {
        "exercises/course.toml": COURSE,
        "exercises/01_fetching/exercise.toml": EXERCISE,
        "exercises/01_fetching/README.md": "# Fetching\n",
        "exercises/01_fetching/fetching.py": "",
        "exercises/01_fetching/test_fetching.py": "",
        "solutions/01_fetching/fetching.py": source,
        "tests/hidden/01_fetching/test_hidden.py": suite,
    } | {f"class/{student}/fetching.py": text for student, text in submissions(source)}
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")

    def grade() -> None:
        shutil.rmtree(root / "out", ignore_errors=True)
        run([sys.executable, "-m", "grader", "grade", str(root / "class"), "--out", str(root / "out")], root)

    return grade


def by_pytest(root: Path, source: str) -> Callable[[], None]:
    """A new pytest for each, as a script around a shell's loop would start it: no walls, the wall clock."""
    root.mkdir()
    commands = []
    for student, text in submissions(source):
        folder = root / student
        folder.mkdir()
        (folder / "fetching.py").write_text(text, "utf-8")
        (folder / "test_cold.py").write_text((HERE / "cold_suite.py").read_text("utf-8"), "utf-8")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "pytest_asyncio.plugin", "-p", "no:cacheprovider"]
        command += ["-o", "asyncio_mode=auto", "-c", os.devnull, f"--rootdir={folder}", str(folder)]
        commands.append((command, folder))
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}

    def test() -> None:
        for command, folder in commands:
            run(command, folder, environment)

    return test


def by_nbgrader(root: Path, source: str) -> Callable[[], None]:
    """nbgrader's own autograding of notebooks that hold the solution and the ten tests."""
    _make_nbgrader_course(root, source)
    return functools.partial(run, [sys.executable, "-m", "nbgrader", "autograde", "fetching", "--force"], root)


def _make_nbgrader_course(root: Path, solution: str) -> None:
    import nbformat
    from nbgrader.api import Gradebook

    root.mkdir()
    (root / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'benchmark'\n")
    cold = (HERE / "cold_suite.py").read_text("utf-8").replace("from fetching import fetch_all\n", "")
    call = "\nfor number in range(10):\n    await check_requests()\n"
    tests = nbformat.v4.new_code_cell(cold.partition("@pytest")[0] + call, metadata=_known("tests", points=10))

    def write(text: str, place: Path) -> None:
        place.parent.mkdir(parents=True)
        answer = nbformat.v4.new_code_cell(text, metadata=_known("solution"))
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
        nbformat.write(nbformat.v4.new_notebook(cells=[answer, tests], metadata=kernel), place)

    write(solution, root / "source" / "fetching" / "fetching.ipynb")
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    run([sys.executable, "-m", "nbgrader", "generate_assignment", "fetching", "--create"], root)
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}", "benchmark") as gradebook:
        for student, text in submissions(solution):
            gradebook.update_or_create_student(student)
            write(text, root / "submitted" / student / "fetching" / "fetching.ipynb")


def _known(name: str, **more: object) -> dict[str, object]:
    """What nbgrader is told of a cell: a solution, or what is graded."""
    graded = bool(more)
    kind = {"schema_version": 3, "grade": graded, "solution": not graded, "locked": graded, "task": False}
    return {"nbgrader": {**kind, "grade_id": name, **more}}


def run(command: list[str], cwd: Path, environment: dict[str, str] | None = None) -> None:
    """Run a command; its output is shown when it fails."""
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}\n{done.stderr}")
