"""`grader release`: what it makes, of which exercises, and what it refuses."""

from __future__ import annotations

import os
import subprocess

import pytest
from click.testing import CliRunner

import grader.cli
from grader.catalog import Course
from grader.release import repository

EXERCISE = ("README.md", "exercise.toml")
FROM_TEMPLATES = {
    ".devcontainer/devcontainer.json",
    ".github/workflows/check.yml",
    ".gitignore",
    ".vscode/extensions.json",
    ".vscode/settings.json",
    "LICENSE",
    "README.md",
    "README.zh-CN.md",
    "pyproject.toml",
}


@pytest.fixture
def run(course):
    """`grader release …` of the course."""

    def run(*arguments):
        return CliRunner().invoke(grader.cli.main, ["release", *map(str, arguments), "--course", str(course.root)])

    return run


def git(folder, *arguments):
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def files(folder):
    """All files below a folder, git's own left out."""
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return {path for path in found if not path.startswith(".git/")}


def test_a_release_holds_what_students_need_and_nothing_else(run, course, tmp_path):
    """Exercises, the map, the grader and files for tools; what lies about in the course stays there."""
    (course.root / "exercises/01_first_wait/notes.txt").write_text("not for students")
    (course.root / "exercises/locale/zh_CN").mkdir(parents=True)
    (course.root / "exercises/locale/zh_CN/examples.po").write_text("")
    dest = tmp_path / "new/release"

    result = run(dest)

    assert result.exit_code == 0
    assert result.output == f"The students' repository is in {dest}: 3 exercises and the grader, in one commit.\n"
    found = files(dest)
    assert {path for path in found if not path.startswith(("exercises/", "grader/"))} == FROM_TEMPLATES
    assert {path for path in found if path.startswith("exercises/")} == {
        "exercises/README.md",
        "exercises/README.zh-CN.md",
        "exercises/course.toml",
        "exercises/locale/zh_CN/examples.po",
        *(
            f"exercises/{number}_{slug}/{file}"
            for number, slug in (("01", "first_wait"), ("02", "second_wait"), ("03", "third_wait"))
            for file in (*EXERCISE, f"{slug}.py", f"test_{slug}.py")
        ),
    }
    assert set(git(dest, "ls-files").splitlines()) == found
    assert git(dest, "status", "--porcelain") == ""


def test_the_commit_is_nobodys_and_heeds_nobodys_settings(run, tmp_path, monkeypatch):
    """One commit on `main` from a neutral author, whatever git is told by its environment and by the user's files."""
    home = tmp_path / "home"
    (home / ".config/git").mkdir(parents=True)
    (home / ".gitconfig").write_text("[user]\nname = Ada\nemail = ada@uni.test\n[commit]\ngpgSign = true\n")
    (home / ".config/git/ignore").write_text("*.toml\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Ada")
    dest = tmp_path / "release"

    assert run(dest).exit_code == 0

    monkeypatch.delenv("GIT_DIR")
    assert git(dest, "log", "--all", "--format=%an %ae %cn %ce %s") == (
        f"{repository.AUTHOR} {repository.ADDRESS} {repository.AUTHOR} {repository.ADDRESS} Waiting well"
    )
    assert git(dest, "log", "--format=%ad").endswith("+0000")
    assert git(dest, "symbolic-ref", "HEAD") == "refs/heads/main"
    assert "pyproject.toml" in git(dest, "ls-files").splitlines()
    assert [path.name for path in (dest / ".git").glob("hooks/*")] == []
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    ("options", "names", "tracks"),
    [
        ((), ["01_first_wait", "02_second_wait", "03_third_wait"], ["basics", "later"]),
        (("--until", "2"), ["01_first_wait", "02_second_wait"], ["basics", "later"]),
        (("--tracks", "basics"), ["01_first_wait", "03_third_wait"], ["basics"]),
        (("--tracks", "later, basics", "--until", "first_wait"), ["01_first_wait"], ["basics"]),
    ],
)
def test_tracks_and_a_last_exercise_select(run, course, tmp_path, options, names, tracks):
    """Only what was selected is there, in the declaration and on the map too."""
    dest = tmp_path / "release"

    assert run(dest, *options).exit_code == 0

    made, whole = Course.load(dest), course.load()
    assert [exercise.name for exercise in made.exercises] == names
    assert made.tracks == tuple(track for track in whole.tracks if track.slug in tracks)
    assert (made.title, made.title_zh, made.language) == (whole.title, whole.title_zh, whole.language)
    assert made.grading == whole.grading
    assert made.check_layout() == ()
    for name in ("README.md", "README.zh-CN.md"):
        page = (dest / "exercises" / name).read_text("utf-8")
        assert [exercise.name for exercise in whole.exercises if exercise.name in page] == names


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--tracks", "basic"), "There is no track 'basic' (did you mean 'basics'?); the tracks are basics, later."),
        (("--until", "9"), "There is no exercise '9'; the numbers run from 01 to 03."),
        (
            ("--tracks", "later", "--until", "1"),
            "No exercise of the course is in this selection: name other tracks, or a later exercise.",
        ),
    ],
)
def test_an_impossible_selection_is_one_sentence(run, tmp_path, options, sentence):
    """What does not exist is named, and nothing is made."""
    result = run(tmp_path / "release", *options)

    assert result.exit_code == 2
    assert result.output == f"Error: {sentence}\n"
    assert not (tmp_path / "release").exists()


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (SOLVED := "import asyncio\nasync def wait(seconds): return await asyncio.sleep(seconds, seconds)  # TODO\n",
         "exercises/02_second_wait/second_wait.py is solutions/02_second_wait/second_wait.py, not the stub: "
         "put the stub back."),
        ('"""concurrency: waits twice."""\nasync def wait(seconds):\n    ...  # TODO\n',
         "exercises/02_second_wait/second_wait.py is solutions/02_second_wait/mistakes/waits_twice.py, not the stub: "
         "put the stub back."),
        ("async def wait(seconds):\n    return 0\n",
         "exercises/02_second_wait/second_wait.py has no TODO: put the stub back."),
        ("async def wait(", "exercises/02_second_wait/second_wait.py cannot be parsed"),
        (None, "exercises/02_second_wait/second_wait.py is missing."),
    ],
    ids=["solution", "mistake", "no TODO", "no Python", "missing"],
)  # fmt: skip
def test_a_stub_that_is_none_is_refused(run, course, tmp_path, source, sentence):
    """A stub that was solved by accident is not given out, in whatever layout it is written."""
    course.mistake("02_second_wait", "waits_twice.py", "concurrency: waits twice.", "")
    mistake = course.root / "solutions/02_second_wait/mistakes/waits_twice.py"
    mistake.write_text('"""concurrency: waits twice."""\n\n\nasync def wait(seconds):\n    ...\n')
    stub = course.root / "exercises/02_second_wait/second_wait.py"
    stub.unlink() if source is None else stub.write_text(source)
    dest = tmp_path / "release"
    dest.mkdir()

    result = run(dest)

    assert result.exit_code == 2
    assert result.output.startswith(f"Error: {sentence}")
    assert result.output.count("\n") == 1
    assert list(dest.iterdir()) == []
    assert run(tmp_path / "first", "--until", "1").exit_code == 0


def test_without_solutions_nothing_is_released(run, course, tmp_path):
    """A students' repository makes no other: nothing there shows that a stub is one."""
    (course.root / "solutions/01_first_wait/first_wait.py").unlink()

    result = run(tmp_path / "release")

    assert result.exit_code == 2
    assert result.output == (
        "Error: solutions/01_first_wait/first_wait.py is missing, so nothing shows that "
        "exercises/01_first_wait/first_wait.py does not hold the solution.\n"
    )


def test_only_what_was_committed_is_released(run, course, tmp_path):
    """In a course that lies in a repository, a file that was edited since is named; other folders do not matter."""
    root = course.root
    # One folder deeper than the repository's own.
    git(root.parent, "init", "--quiet")
    git(root.parent, "add", root.name)
    git(root.parent, "-c", "user.name=a", "-c", "user.email=a@b.test", "commit", "--quiet", "--message=a")
    (root / "solutions/notes.txt").write_text("")
    assert run(tmp_path / "first").exit_code == 0
    readme = root / "exercises/01_first_wait/README.md"
    readme.write_text(readme.read_text("utf-8") + "\nOne word more.\n")

    result = run(tmp_path / "second")

    assert result.exit_code == 2
    assert result.output == (
        "Error: exercises/01_first_wait/README.md is not as it was committed: commit it, or put it back with "
        "`git restore exercises/01_first_wait/README.md`.\n"
    )


def test_a_folder_in_use_is_refused(run, tmp_path):
    """Nothing that is there is written over, not even an earlier release."""
    dest = tmp_path / "release"
    assert run(dest).exit_code == 0

    again, file = run(dest), run(dest / "LICENSE")

    assert (again.exit_code, file.exit_code) == (2, 2)
    assert again.output == f"Error: {dest} is not empty: a release is made in a new or empty folder.\n"
    assert file.output == f"Error: {dest / 'LICENSE'} is not a folder.\n"


def test_without_git_there_can_be_a_folder_alone(run, tmp_path, monkeypatch):
    """Where git is not installed that is said, with the way out."""
    monkeypatch.setattr("shutil.which", lambda name: None)

    refused, made = run(tmp_path / "first"), run(tmp_path / "second", "--no-git")

    assert refused.output == ("Error: git is not installed: install it, or give --no-git to make the folder alone.\n")
    assert not (tmp_path / "first").exists()
    assert made.output.endswith(": 3 exercises and the grader.\n")
    assert not (tmp_path / "second/.git").exists()
    assert (tmp_path / "second/grader/plugin.py").is_file()


@pytest.mark.parametrize("existed", [True, False])
def test_a_release_is_whole_or_not_there(run, tmp_path, monkeypatch, existed):
    """When something fails on the way, the folder is as it was, and the reason is one sentence."""
    dest = tmp_path / "release"
    if existed:
        dest.mkdir()
    (tmp_path / "bin").mkdir()
    broken = tmp_path / "bin/git"
    broken.write_text("#!/bin/sh\necho 'fatal: the disk is full.' >&2\nexit 128\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)

    result = run(dest)

    assert result.exit_code == 2
    assert result.output == "Error: `git init` failed: fatal: the disk is full.\n"
    assert dest.exists() is existed
    assert not existed or list(dest.iterdir()) == []
