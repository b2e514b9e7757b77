"""Nothing of the hidden suites and of the solutions is in a release, nor in any object of its repository."""

from __future__ import annotations

import ast
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from grader.catalog import Course

#: So many words in a row, which nothing that students may see has too, give a file away.
WORDS = 12
#: A docstring of so many words gives it away alone.
SENTENCE = 5
Words = tuple[str, ...]


def words_of(text: str) -> list[str]:
    """The words of a text, wherever lines end and however they are indented; imports are everybody's."""
    return re.findall(r"\w+", re.sub(r"(?m)^\s*(?:from|import) .*$", "", text))


def runs_of_words(words: list[str]) -> set[Words]:
    return {tuple(words[at : at + WORDS]) for at in range(len(words) - WORDS + 1)}


def sentences(source: str) -> set[Words]:
    """The docstrings of a module and of what it defines."""
    defined = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = (ast.get_docstring(node) or "" for node in ast.walk(ast.parse(source)) if isinstance(node, defined))
    return {tuple(words) for text in docstrings if SENTENCE <= len(words := re.findall(r"\w+", text))}


def found_in(hidden: Iterable[Words], texts: Iterable[str]) -> set[Words]:
    """Which runs of words of `hidden`, each of at least `SENTENCE`, are in one of `texts`."""
    by_beginning = defaultdict(set)
    for run in hidden:
        by_beginning[run[:SENTENCE]].add(run)
    found = set()
    for words in map(words_of, texts):
        for at in range(len(words)):
            for run in by_beginning.get(tuple(words[at : at + SENTENCE]), ()):
                if run == tuple(words[at : at + len(run)]):
                    found.add(run)
    return found


def secrets(root: Path) -> dict[str, set[Words]]:
    """What gives each file of the hidden suites and the solutions away, by the file's name."""
    hidden = {}
    for home in ("tests/hidden", "solutions"):
        for path in sorted((root / home).rglob("*.py")):
            source = path.read_text("utf-8")
            hidden[path.relative_to(root).as_posix()] = runs_of_words(words_of(source)) | sentences(source)
    visible = [path.read_text("utf-8") for path in sorted((root / "exercises").glob("[0-9]*/*.*"))]
    seen = found_in(set().union(*hidden.values()), visible)
    return {name: runs - seen for name, runs in hidden.items()}


def objects(repository: Path) -> Iterator[tuple[str, bytes]]:
    """Kind and content of each object, those that nothing refers to included."""
    told = subprocess.run(
        ["git", "cat-file", "--batch-all-objects", "--batch"], cwd=repository, capture_output=True, check=True
    ).stdout
    while told:
        head, _, told = told.partition(b"\n")
        _, kind, size = head.decode().split()
        yield kind, told[: int(size)]
        told = told[int(size) + 1 :]


def leaks(repository: Path, hidden: dict[str, set[Words]]) -> set[str]:
    """The hidden files of which something is found, in the folder or in git."""
    texts = {content.decode("utf-8", "replace") for kind, content in objects(repository) if kind != "tree"}
    # What git keeps compressed has been looked at.
    lying = (path for path in repository.rglob("*") if path.is_file() and ".git/objects" not in path.as_posix())
    texts |= {path.read_text("utf-8", "replace") for path in lying}
    found = found_in(set().union(*hidden.values()), texts)
    return {name for name, runs in hidden.items() if runs & found}


@pytest.fixture(scope="module")
def hidden(copied_course):
    return secrets(copied_course)


def test_each_hidden_file_would_be_recognised(copied_course, hidden):
    """Every exercise has a suite and a solution that say something that its visible files do not."""
    for exercise in Course.load(copied_course).exercises:
        for home in (f"tests/hidden/{exercise.name}/", f"solutions/{exercise.name}/{exercise.slug}.py"):
            assert any(runs for name, runs in hidden.items() if name.startswith(home)), home


def test_nothing_hidden_is_released(released, hidden):
    """No line of a hidden test, of a solution or of a mistake, in no file and in no object of git."""
    assert leaks(released, hidden) == set()


def test_no_name_gives_anything_away(released):
    """No path of the repository names what is hidden."""
    told = subprocess.run(
        ["git", "rev-list", "--objects", "--all"], cwd=released, capture_output=True, text=True, check=True
    ).stdout
    paths = [line.partition(" ")[2] for line in told.splitlines()]

    assert "exercises/01_first_await/first_await.py" in paths
    assert [path for path in paths if re.search(r"hidden|solution|mistake|alternative", path)] == []


@pytest.mark.parametrize("how", ["file", "commit", "lost object"])
def test_a_leak_would_be_found(released, copied_course, hidden, tmp_path, how):
    """A hidden test under another name is found: lying there, in an earlier commit, or in an object without a name."""
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", released, clone], check=True)
    name = "tests/hidden/12_bounded_downloads/test_hidden.py"
    leak = clone / "exercises/notes.txt"
    leak.write_text((copied_course / name).read_text("utf-8").replace("    ", "\t"), "utf-8")
    author = ["-c", "user.name=a", "-c", "user.email=a@b.test"]
    commands = {
        "file": [],
        "commit": [["add", "."], [*author, "commit", "-qm", "a"], ["rm", "-q", leak], [*author, "commit", "-qm", "b"]],
        "lost object": [["hash-object", "-w", str(leak)]],
    }[how]
    for command in commands:
        subprocess.run(["git", *command], cwd=clone, check=True, capture_output=True)
    if how == "lost object":
        leak.unlink()

    assert name in leaks(clone, hidden)
