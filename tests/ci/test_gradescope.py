"""The autograder for Gradescope, run as Gradescope lays it out, in a folder that stands for `/autograder`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from grader.cli import main
from tests.ci.conftest import without_services

ROOT = Path(__file__).parents[2]
EXERCISES = ("01_first_await", "12_bounded_downloads")
METADATA = {
    "id": 123456,
    "created_at": "2026-10-01T12:00:00.000000-07:00",
    "assignment": {
        "due_date": "2026-10-02T23:59:00.000000-07:00",
        "group_size": 1,
        "group_submission": False,
        "id": 25828,
        "course_id": 1,
        "late_due_date": None,
        "release_date": "2026-09-01T00:00:00.000000-07:00",
        "title": "Waiting",
        "total_points": "20.0",
    },
    "submission_method": "upload",
    "users": [{"email": "ada@school.test", "id": 1234, "name": "Ada"}],
    "previous_submissions": [],
}
#: What may stand in results.json, by Gradescope's page.
TOP = {
    *("score", "execution_time", "output", "output_format", "test_output_format", "test_name_format", "visibility"),
    *("stdout_visibility", "extra_data", "tests", "leaderboard"),
}
OF_A_TEST = {
    *("score", "max_score", "status", "name", "name_format", "number", "output", "output_format", "tags"),
    *("visibility", "extra_data"),
}


@dataclass
class Machine:
    """A machine of Gradescope's, on which the autograder has been set up."""

    home: Path

    def run(self, program: str, **environ: str) -> subprocess.CompletedProcess[str]:
        # Gradescope copies `run_autograder` beside the folder of the rest.
        path = self.home / program if program == "run_autograder" else self.home / "source" / program
        return subprocess.run(
            [path],
            env={**without_services(), "AUTOGRADER_HOME": str(self.home), **environ},
            cwd=self.home,
            capture_output=True,
            text=True,
            check=False,
        )

    def grade(self, files: dict[str, str], metadata: object = METADATA) -> subprocess.CompletedProcess[str]:
        """Hand in files, and have them graded."""
        for name in ("submission", "results"):
            (self.home / name).mkdir(exist_ok=True)
            for path in (self.home / name).iterdir():
                path.unlink()
        for name, text in files.items():
            (self.home / "submission" / name).write_text(text, "utf-8")
        (self.home / "submission_metadata.json").write_text(json.dumps(metadata), "utf-8")
        return self.run("run_autograder")

    @property
    def results(self) -> dict:
        return json.loads((self.home / "results" / "results.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def archive(tmp_path_factory) -> Path:
    """What `grader gradescope` makes of two exercises."""
    path = tmp_path_factory.mktemp("upload") / "autograder.zip"
    chosen = [word for name in EXERCISES for word in ("--exercise", name)]
    done = CliRunner().invoke(main, ["gradescope", str(path), "--course", str(ROOT), *chosen])
    assert (done.exit_code, done.output) == (
        0,
        f"The autograder is in {path}. The assignment on Gradescope is worth 20 points.\n",
    )
    return path


@pytest.fixture(scope="module")
def machine(archive, tmp_path_factory) -> Machine:
    """Set up by setup.sh, whose pip installs the wheel offline; the libraries are those of this environment."""
    home = tmp_path_factory.mktemp("autograder")
    # zipfile forgets that programs can be run; Gradescope's own unzip does not.
    subprocess.run(["unzip", "-q", str(archive), "-d", str(home / "source")], check=True)
    (home / "run_autograder").write_bytes((home / "source" / "run_autograder").read_bytes())
    (home / "run_autograder").chmod(0o755)
    made = Machine(home)
    done = made.run(
        "setup.sh",
        PATH=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        PIP_NO_DEPS="1",
        PIP_NO_INDEX="1",
        PIP_DISABLE_PIP_VERSION_CHECK="1",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (site,) = (home / "kit" / "lib").glob("python*/site-packages")
    assert (site / "grader" / "cli" / "ci.py").is_file()
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return made


def solution(name: str) -> tuple[str, str]:
    (path,) = (ROOT / "solutions" / name).glob("*.py")
    return path.name, path.read_text("utf-8")


def test_the_archive_holds_what_grading_needs_and_no_solution(archive):
    """Both programs at its root and runnable, the kit, two suites; the same bytes each time."""
    with zipfile.ZipFile(archive) as opened:
        names = opened.namelist()
        modes = {entry.filename: entry.external_attr >> 16 & 0o777 for entry in opened.infolist()}

    assert modes["setup.sh"] == modes["run_autograder"] == 0o755
    assert [name for name in names if "hidden" in name] == [
        f"course/tests/hidden/{name}/test_hidden.py" for name in EXERCISES
    ]
    assert not [name for name in names if "solution" in name]
    again = archive.with_name("again.zip")
    words = [word for name in EXERCISES for word in ("--exercise", name)]
    CliRunner().invoke(main, ["gradescope", str(again), "--course", str(ROOT), *words])
    assert again.read_bytes() == archive.read_bytes()


def test_a_right_submission_gets_full_marks(machine):
    """In Gradescope's format: its keys, and nothing beside them."""
    done = machine.grade(dict(map(solution, EXERCISES)))

    assert done.returncode == 0, done.stdout + done.stderr
    results = machine.results
    assert results["score"] == 20
    assert set(results) <= TOP
    assert sum(test["max_score"] for test in results["tests"]) == pytest.approx(20)
    assert {test["status"] for test in results["tests"]} == {"passed"}
    for test in results["tests"]:
        assert set(test) <= OF_A_TEST
    assert "ada@school.test" in done.stdout


def test_what_was_not_handed_in_earns_nothing(machine):
    """One exercise of two, and half the points."""
    done = machine.grade(dict([solution("12_bounded_downloads")]))

    assert done.returncode == 0, done.stdout + done.stderr
    assert machine.results["score"] == 10
    assert "No file was handed in" in machine.results["output"]


LOOKS = """
import os


async def download_all(session, urls, limit):
    found = []
    for look in (
        lambda: os.listdir("HOME/source"),
        lambda: open("HOME/source/course/tests/hidden/12_bounded_downloads/test_hidden.py").read(),
        lambda: open("HOME/results/results.json", "w").write("{}"),
        lambda: open("HOME/submission_metadata.json").read(),
    ):
        try:
            look()
            found.append("done")
        except OSError as error:
            found.append(type(error).__name__)
    raise RuntimeError(" ".join(found))
"""


def test_a_submission_neither_reads_the_suites_nor_writes_results(machine):
    """The usual attacks on Gradescope's graders: both lie on the same machine."""
    name, _ = solution("12_bounded_downloads")

    done = machine.grade({name: LOOKS.replace("HOME", str(machine.home))})

    assert done.returncode == 0, done.stdout + done.stderr
    assert machine.results["score"] < 5
    # What the submission says of its attempts is shown with an example.
    told = done.stdout.partition("RuntimeError: ")[2].partition(".")[0].split()
    assert len(told) == 4
    assert set(told) <= {"FileNotFoundError", "PermissionError"}


def test_an_error_of_the_graders_leaves_no_results(machine):
    """Gradescope then says that the autograder failed, and keeps no zero."""
    suite = machine.home / "source" / "course" / "tests" / "hidden" / "12_bounded_downloads" / "test_hidden.py"
    text = suite.read_text("utf-8")
    try:
        suite.write_text("def broken(:\n")
        done = machine.grade(dict(map(solution, EXERCISES)))
    finally:
        suite.write_text(text)

    assert done.returncode == 3
    assert "The grader failed, not the submission" in done.stdout
    assert not (machine.home / "results" / "results.json").exists()


def test_metadata_of_another_form_is_told(machine):
    """One sentence for the instructor, and no results."""
    done = machine.grade({}, metadata={"created_at": "yesterday"})

    assert done.returncode == 2
    assert "is no description of a submission by Gradescope" in done.stderr
    assert not (machine.home / "results" / "results.json").exists()
