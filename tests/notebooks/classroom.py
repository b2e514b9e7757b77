"""A class that hands in notebooks, and nbgrader's own commands over it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

from grader.reports.feedback import Feedback

ROOT = Path(__file__).parents[2]
EXERCISE = "12_bounded_downloads"
ASSIGNMENT = "coordination"
STUB = (ROOT / f"exercises/{EXERCISE}/bounded_downloads.py").read_text("utf-8")
RIGHT = (ROOT / f"solutions/{EXERCISE}/bounded_downloads.py").read_text("utf-8")
WRONG = (ROOT / f"solutions/{EXERCISE}/mistakes/downloads_one_at_a_time.py").read_text("utf-8")

# Not in every test: each takes seconds of processor time to be found out.
HANGING = "async def download_all(session, urls, limit):\n    while limit == 3:\n        pass\n    return []\n"
STRAY = f"import sys\n\n{RIGHT}\n\nprint('all is well')\nprint('something is odd', file=sys.stderr)\n"
NEVER_AWAITED = f"{RIGHT}\n\nasync def cheer():\n    return 'hooray'\n\n\ncheer()\n"
SYNTAX_ERROR = "async def download_all(session, urls, limit)\n    return []\n"
HOSTILE = """
import os
import sqlite3
from pathlib import Path


def attempts():
    yield lambda: In[-1]
    yield lambda: get_ipython().ast_transformers.append(None)
    yield lambda: setattr(get_ipython(), "showtraceback", print)
    for folder in (Path.cwd(), *Path.cwd().parents, Path("__COURSE__")):
        yield lambda: sqlite3.connect(folder / "gradebook.db").execute("UPDATE grade SET manual_score = 10")
    yield lambda: Path("__COURSE__/gradebook.db").write_bytes(b"")
    yield lambda: os.kill(os.getppid(), 9)


for attempt in attempts():
    try:
        attempt()
    except BaseException:
        pass


async def download_all(session, urls, limit):
    print("10.0")
    os._exit(0)
"""
FORGED = {"output_type": "execute_result", "data": {"text/plain": "10"}, "metadata": {}, "execution_count": 1}
SCRIPT = "<script>document.title = 'stolen'</script><img src=x onerror=\"document.title = 'stolen'\">"

Notebook = dict[str, Any]


def cell(notebook: Notebook, name: str) -> dict[str, Any]:
    """The cell that nbgrader knows under a name."""
    return next(each for each in notebook["cells"] if each["metadata"].get("nbgrader", {}).get("grade_id") == name)


def forge(notebook: Notebook) -> None:
    """Outputs that claim full marks, graded cells and examples of one's own, more points, and markup that acts."""
    notebook["metadata"]["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {"x": SCRIPT}}}
    for name in ("correctness", "concurrency", "cancellation"):
        graded = cell(notebook, name)
        graded["outputs"] = [FORGED]
        graded["source"] = "10"
        graded["metadata"]["nbgrader"] |= {"points": 1000, "locked": False, "solution": True, "checksum": "0"}
        graded["metadata"]["tags"] = ['"><script>document.title = "stolen"</script>']
    cell(notebook, "examples").update(source="get_ipython().ast_transformers.clear()")
    cell(notebook, "statement").update(source=SCRIPT)
    # A right answer where nobody looks, cells that nbgrader does not know, and copies of some that it does.
    notebook["cells"].insert(0, plain("code", RIGHT, known(grade_id="solution", solution=True)))
    notebook["cells"].append(plain("code", RIGHT))
    notebook["cells"].append(plain("markdown", SCRIPT))
    notebook["cells"].append(plain("code", "10", known(grade_id="extra", grade=True, points=10)))
    notebook["cells"].append(plain("code", "10", known(grade_id="correctness", grade=True, points=10)))
    notebook["cells"][-1]["outputs"] = [FORGED]


def delete(notebook: Notebook) -> None:
    """Leave the solution alone."""
    notebook["cells"] = [cell(notebook, "solution")]


def known(**more: object) -> dict[str, object]:
    """What nbgrader is told of a cell."""
    kind = {"schema_version": 3, "grade": False, "solution": False, "locked": False, "task": False, "cell_type": "code"}
    return {"nbgrader": {**kind, **more}}


def plain(kind: str, source: str, metadata: object = None) -> dict[str, Any]:
    """A cell that a student has added."""
    code: dict[str, object] = {"outputs": [], "execution_count": None} if kind == "code" else {}
    return {"cell_type": kind, "metadata": metadata or {}, "source": source, **code}


#: By student: the source in the solution cell, and what else is done to the notebook.
CLASS: dict[str, tuple[str, Callable[[Notebook], None] | None]] = {
    "ada-right": (RIGHT, None),
    "ben-wrong": (WRONG, None),
    "cem-hanging": (HANGING, None),
    "dina-hostile": (HOSTILE, None),
    "eli-forges": (STUB, forge),
    "fay-deletes": (RIGHT, delete),
    "gus-stray": (STRAY, None),
    "hana-unawaited": (NEVER_AWAITED, None),
    "ivo-syntax": (SYNTAX_ERROR, None),
    "jun-empty": ("", None),
}


def run(command: list[str], folder: Path, **variables: str) -> str:
    """What a command says; it must succeed. The programs of this environment are not on its path."""
    programs = str(Path(sys.executable).parent)
    path = os.pathsep.join(each for each in os.environ["PATH"].split(os.pathsep) if each != programs)
    environment = {**os.environ, "PATH": path, "LANG": "en_US.UTF-8", **variables}
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def make(course: Path, *arguments: str, feedback: Feedback = "sentences") -> None:
    """The course root, its exchange beside it, and the assignment released."""
    run(["grader", "notebooks", str(course), *(arguments or ("12",)), "--lang", "en"], ROOT)
    exchange = course.parent / "exchange"
    exchange.mkdir()
    exchange.chmod(0o777)
    with (course / "nbgrader_config.py").open("a", encoding="utf-8") as file:
        file.write(
            f"c.Exchange.root = {str(exchange)!r}\n"
            f"c.JudgeSubmission.feedback = {feedback!r}\n"
            # The whole class hands in under this user's name.
            "c.ExchangeCollect.check_owner = False\n"
            "import jupyter_client.manager\n"
            # Whoever starts a kernel fails.
            "for each in (jupyter_client.manager.KernelManager, jupyter_client.manager.AsyncKernelManager):\n"
            "    each.start_kernel = None\n"
        )
    run(["nbgrader", "generate_assignment", ASSIGNMENT], course)
    run(["nbgrader", "release_assignment", ASSIGNMENT], course)


def hand_in(course: Path, student: str, text: str) -> None:
    """Put a notebook where `nbgrader submit` puts it."""
    inbound = course.parent / "exchange" / course.name / "inbound"
    folder = inbound / f"{student}+{ASSIGNMENT}+2026-10-01 12:00:00.000000 UTC+{'0' * 8}"
    folder.mkdir()
    (folder / "timestamp.txt").write_text("2026-10-01 12:00:00.000000 UTC")
    (folder / "submission_secret.txt").write_text(f"secret of {student}")
    (folder / f"{EXERCISE}.ipynb").write_text(text, "utf-8")
    if student == "dina-hostile":
        # nbgrader itself follows it, and would release what it finds as feedback.
        (folder / "stolen.html").symlink_to(next((ROOT / "tests" / "hidden" / EXERCISE).glob("*.py")))


def source(course: Path, student: str) -> str:
    """What a student wrote, as the file that it would be."""
    return CLASS[student][0].replace("__COURSE__", str(course))


def notebooks(course: Path, students: Collection[str]) -> Iterator[tuple[str, str]]:
    """The notebooks of students as they hand them in."""
    released = (course / "release" / ASSIGNMENT / f"{EXERCISE}.ipynb").read_text("utf-8")
    for student in students:
        notebook = json.loads(released)
        cell(notebook, "solution")["source"] = source(course, student).removesuffix("\n")
        if (change := CLASS[student][1]) is not None:
            change(notebook)
        yield student, json.dumps(notebook)


def grade_class(course: Path, students: Collection[str] = tuple(CLASS)) -> None:
    """All that an instructor does, with nbgrader's own commands."""
    for student, text in notebooks(course, students):
        hand_in(course, student, text)
    run(["nbgrader", "collect", ASSIGNMENT], course)
    run(["nbgrader", "autograde", ASSIGNMENT], course)
    run(["nbgrader", "generate_feedback", ASSIGNMENT], course)
    run(["nbgrader", "release_feedback", ASSIGNMENT], course)
    run(["nbgrader", "export"], course)
