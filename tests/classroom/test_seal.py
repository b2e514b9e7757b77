"""Sealed suites: what a seal keeps out, and that what is in it is judged as it would be from a disk."""

from __future__ import annotations

import dataclasses
import os
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from grader.catalog import Course
from grader.classroom.engine import suite_digest
from grader.classroom.pool import job_for
from grader.classroom.seal import VARIABLE, SealError, new_key, read_key, seal, unseal
from grader.classroom.suites import seal_suites, unsealed
from grader.cli import main
from grader.judge.bench import Bench
from grader.judge.job import BenchError

ROOT = Path(__file__).parents[2]
KEY = read_key(new_key())
SECRET = b"class SlowMuseum"


@pytest.fixture(scope="module")
def course() -> Course:
    return Course.load(ROOT)


@pytest.fixture(scope="module")
def sealed(course: Course) -> bytes:
    return seal_suites(course, [course.find("12")], KEY)


def test_what_was_sealed_comes_back():
    """The same bytes, each time sealed otherwise."""
    first, second = seal("suites", b"secret", KEY), seal("suites", b"secret", KEY)

    assert first != second
    assert unseal("suites", first, KEY, "s") == unseal("suites", second, KEY, "s") == b"secret"
    assert b"secret" not in first


@pytest.mark.parametrize("place", range(0, 96, 5))
def test_each_changed_byte_is_noticed(place):
    """Nothing of a sealed file can be changed, the line at its head included."""
    sealed = bytearray(seal("suites", b"secret", KEY))
    sealed[place % len(sealed)] ^= 1

    with pytest.raises(SealError):
        unseal("suites", bytes(sealed), KEY, "s")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda sealed: sealed[:-1], "s is damaged: it is not as it was sealed."),
        (lambda sealed: sealed[:80], "s is damaged: it is not as it was sealed."),
        (lambda sealed: sealed[:70] + b"\0" + sealed[71:], "s is damaged: it is not as it was sealed."),
        (lambda sealed: b"PK\3\4" + sealed, "s is no sealed file: `grader seal` makes one."),
        (lambda sealed: b"", "s is no sealed file: `grader seal` makes one."),
        (
            lambda sealed: sealed.replace(b"sealed/1", b"sealed/2", 1),
            "s has the format 2, this kit reads 1: seal the suites again.",
        ),
        (lambda sealed: seal("verdicts", b"x", KEY), "s holds sealed verdicts, not suites."),
        (
            lambda sealed: seal("suites", b"x", read_key(new_key())),
            "s was sealed with another key than the one in GRADER_SEAL_KEY.",
        ),
    ],
)
def test_each_trouble_is_one_sentence(change, said):
    """Damaged, foreign, of another format or kind, or of another key."""
    with pytest.raises(SealError, match=f"^{re.escape(said)}$"):
        unseal("suites", change(seal("suites", b"secret" * 20, KEY)), KEY, "s")


@pytest.mark.parametrize(
    "text", ["", "  ", "grader-seal-", "grader-seal-AAAA", "hunter2", "grader-seal-é", "grader-seal-" + "A" * 41]
)
def test_what_is_no_key_is_refused(text):
    """One sentence, which does not repeat it."""
    with pytest.raises(SealError) as told:
        read_key(text)

    assert "`grader seal --new-key`" in str(told.value)
    assert not text.strip() or text.strip() == "grader-seal-" or text not in str(told.value)


def test_a_key_is_not_shown():
    """Neither by its repr nor by what a sealed file tells of it."""
    key = read_key(text := new_key())

    assert text not in repr(key)
    assert key.secret.hex() not in repr(key)
    assert key.ident not in key.secret.hex()


def test_a_sealed_suite_judges_as_one_on_the_disk(course, sealed):
    """The same outcomes, facts, lines and traces included; the same address in a ledger."""
    exercise = course.find("12")
    sources = [path.read_bytes() for path in (exercise.stub, exercise.solution, exercise.mistakes[0].path)]
    with Bench(ROOT) as bench:
        due = [bench.judge(job_for(exercise, source)) for source in sources]

    with unsealed(sealed, KEY, "s") as opened, Bench(opened.root) as bench:
        again = opened.find("12")
        got = [bench.judge(job_for(again, source)) for source in sources]

        assert got == due
        assert suite_digest(again) == suite_digest(exercise)
        assert not any(outcome.ending == "grader error" for outcomes in got for outcome in outcomes)


def test_nothing_of_a_sealed_suite_touches_a_disk(course, sealed, tmp_path, monkeypatch):
    """While it is judged and afterwards, no file that is written anywhere below the temporary folder holds its text."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    assert SECRET in (course.find("12").hidden_suite / "test_hidden.py").read_bytes()

    with unsealed(sealed, KEY, "s") as opened, Bench(opened.root) as bench:
        bench.judge(job_for(opened.find("12"), opened.find("12").stub.read_bytes()))
        written = [path for path in tmp_path.rglob("*") if path.is_file()]

        assert opened.root.is_relative_to(tmp_path)
        assert written
        assert not any(SECRET in path.read_bytes() for path in written)
        assert not opened.find("12").hidden_suite.exists()
    assert list(tmp_path.iterdir()) == []


SPY = """
import os


async def download_all(session, urls, limit):
    seen = [f"{name}={value}" for name, value in os.environ.items()]
    for place in ("/proc/self/environ", "/proc/1/environ", "/proc/self/maps", os.environ.get("PWD", "."), "."):
        try:
            seen.append(open(place, "rb").read().decode("latin-1"))
        except OSError as error:
            seen.append(type(error).__name__)
    raise RuntimeError(repr(seen)[:300])
"""


def test_a_submission_finds_neither_the_key_nor_the_suite(course, sealed, monkeypatch):
    """Its environment has neither, and its process never held them."""
    monkeypatch.setenv(VARIABLE, "grader-seal-" + "S" * 43)

    with unsealed(sealed, KEY, "s") as opened, Bench(opened.root, lowest="filtered") as bench:
        outcomes = bench.judge(job_for(opened.find("12"), SPY.encode()))

    told = "".join(outcome.cause for outcome in outcomes)
    assert "PATH=" in told
    assert "S" * 43 not in told
    assert "peak_in_flight" not in told


def test_a_suite_that_cannot_be_compiled_is_the_graders_error(sealed):
    """As with one on the disk: told once, charged to nobody."""
    with unsealed(sealed, KEY, "s") as opened, Bench(opened.root) as bench:
        broken = dataclasses.replace(opened.find("12"), unsealed={"test_hidden.py": b"def broken(:\n"})

        with pytest.raises(BenchError, match=r"^The suite of 12_bounded_downloads cannot be collected: "):
            bench.judge(job_for(broken, b"pass\n"))


def test_suites_of_other_files_are_refused(course_builder):
    """What could not be collected from memory is not left out in silence."""
    course_builder.add("12_bounded_downloads")
    helper = course_builder.root / "tests/hidden/12_bounded_downloads/data.json"
    helper.write_text("{}")
    course = course_builder.load()

    with pytest.raises(SealError, match=r"^tests/hidden/12_bounded_downloads/data\.json cannot be sealed: "):
        seal_suites(course, course.exercises, KEY)


def run(*words: object, key: str = "") -> tuple[int, str]:
    done = CliRunner(env={VARIABLE: key or None}).invoke(main, ["seal", *map(str, words)])
    return done.exit_code, done.output


def test_the_command_makes_keys_and_seals(tmp_path):
    """A key goes to standard output alone, so that it can be piped into a store of secrets."""
    made = CliRunner().invoke(main, ["seal", "--new-key"])
    out = tmp_path / "suites.sealed"

    status, told = run(ROOT, out, "--exercise", "12", key=made.stdout.strip())

    assert (status, told) == (0, f"The suite of 1 exercise is sealed in {out}.\n")
    with unsealed(out.read_bytes(), read_key(made.stdout), "s") as opened:
        assert [one.number for one in opened.exercises if one.has_suite] == ["12"]


def test_the_command_says_what_is_wrong(tmp_path):
    """One sentence each, and no file."""
    out = tmp_path / "suites.sealed"

    assert run() == (2, "Error: Name the course's folder and the file to be written, or give --new-key.\n")
    assert run(ROOT, out) == (
        2,
        "Error: The variable GRADER_SEAL_KEY is not set: it holds the key that `grader seal --new-key` made.\n",
    )
    assert "holds no course" in run(tmp_path, out, key=new_key())[1]
    assert "cannot be written" in run(ROOT, tmp_path / "no" / "x", "--exercise", "12", key=new_key())[1]
    assert os.listdir(tmp_path) == []
