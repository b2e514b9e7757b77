"""Branches and clones are read by their objects: nothing is checked out, and what a repository says has no power."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from grader.classroom.folders import MAX_BYTES, RefusedError, SpoiltError
from grader.classroom.sources import git
from grader.classroom.sources.git import Repository
from grader.classroom.submissions import SubmissionsError

from .conftest import FILE, everything

NESTED = f"exercises/12_bounded_downloads/{FILE}"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs symbolic links")


def test_each_branch_that_fits_is_a_student(repository, read):
    """By its name behind the pattern; what is checked out, and other branches, are nobody's."""
    made = repository("course")
    made.commit({FILE: "teacher"}, "main")
    made.commit({FILE: "ada"}, "student/ada")
    made.commit({NESTED: "bob"}, "student/bob")
    made.commit({FILE: "deeper"}, "student/group/eve")

    assert read(made.folder, branches="student/*") == {"ada": b"ada", "bob": b"bob"}
    assert read(made.folder, branches="student/group/e*") == {"eve": b"deeper"}
    assert read(made.folder, branches="main") == {"main": b"teacher"}


@pytest.mark.parametrize("options", [["--bare"], ["--object-format=sha256"], ["--bare", "--object-format=sha256"]])
def test_all_kinds_of_repositories_are_read(repository, read, options):
    """With and without a working tree, and with either kind of object names."""
    made = repository("course", *options)
    made.commit({FILE: "ada"}, "student/ada")
    made.run("pack-refs", "--all")
    made.run("gc", "--quiet")

    assert read(made.folder, branches="student/*") == {"ada": b"ada"}


def test_branches_of_a_remote_are_found_in_a_clone(repository, read, tmp_path):
    """An instructor's clone has them as remote-tracking branches only."""
    made = repository("course")
    made.commit({FILE: "main"}, "main")
    made.commit({FILE: "ada"}, "student/ada")
    subprocess.run(["git", "clone", "--quiet", str(made.folder), "clone"], cwd=tmp_path, check=True)

    assert read(tmp_path / "clone", branches="student/*") == {"ada": b"ada"}


def test_an_additional_working_tree_stands_for_its_repository(repository, read, tmp_path):
    """It has no objects of its own."""
    made = repository("course")
    made.commit({FILE: "ada"}, "student/ada")
    made.run("worktree", "add", "--quiet", "--detach", str(tmp_path / "beside"), "student/ada")

    assert read(tmp_path / "beside", branches="student/*") == {"ada": b"ada"}


def test_the_time_is_that_of_the_commit(repository, students, exercise):
    """As the committer's clock gave it, with its zone."""
    made = repository("course")
    made.commit({FILE: "x"}, "student/ada", date="2026-10-01T23:59:59+02:00")

    (ada,) = students(made.folder, branches="student/*")

    assert ada.parts[0].handed_in == datetime(2026, 10, 1, 21, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize("written", ["99999999999999999999 +0000", "soon", "999999999999 +0000"])
def test_a_commit_without_a_time_is_refused(repository, read, written):
    """Or else nobody who can write such a commit would ever be late."""
    made = repository("course")
    tree = made.tree(("100644", made.blob("x"), FILE))
    text = f"tree {tree}\nauthor A <a> 1 +0000\ncommitter A <a> {written}\n\ncommitter A <a> 1 +0000\n"
    commit = made.run("hash-object", "-t", "commit", "-w", "--literally", "--stdin", stdin=text.encode())
    made.run("pack-refs", "--all")
    (made.folder / ".git" / "refs" / "heads" / "student").mkdir()
    (made.folder / ".git" / "refs" / "heads" / "student" / "eve").write_text(f"{commit}\n")

    assert read(made.folder, branches="student/*") == {"eve": "The commit does not say when it was made."}


HOSTILE_BRANCHES = [
    "-rf",
    "--output=x",
    "$(touch${IFS}left)",
    "`id`",
    "a;b",
    "a'b\"c",
    "HEAD",
    "@",
    "\u2028x",
    "é",
    "a{b}",
    "x" * 100,
]


def test_hostile_names_of_branches_are_only_names(repository, read):
    """They are shown escaped, reach no command line, and each is a student of its own."""
    made = repository("course")
    for name in HOSTILE_BRANCHES:
        made.commit({FILE: name}, f"student/{name}")
    (made.folder / ".git/refs/heads/student" / os.fsdecode(b"\xff\xfe")).write_text(made.commit({FILE: "bytes"}) + "\n")

    found = read(made.folder, branches="student/*")

    assert len(found) == len(HOSTILE_BRANCHES) + 1
    assert all(name.isprintable() for name in found)
    assert {str(source, "utf-8") for source in found.values()} == {*HOSTILE_BRANCHES, "bytes"}


def test_links_and_submodules_in_a_commit_are_refused(repository, read):
    """A link's blob is the path that it leads to, which is no source; a submodule is nothing at all."""
    made = repository("course")
    commit = made.commit({FILE: "x"})
    cases = {
        "link": ("120000", made.blob("/etc/passwd"), FILE),
        "way": ("120000", made.blob("../solutions"), "12_bounded_downloads"),
        "module": ("160000", commit, FILE),
        "below": ("160000", commit, "12_bounded_downloads"),
    }
    for name, entry in cases.items():
        made.commit_tree(made.tree(entry), f"student/{name}")

    assert read(made.folder, branches="student/*") == {
        "link": f"{FILE} is a symbolic link; hand in the file itself.",
        "module": f"{FILE} is a submodule; hand in the files themselves.",
        "way": "12_bounded_downloads is a symbolic link; hand in the file itself.",
        "below": "12_bounded_downloads is a submodule; hand in the files themselves.",
    }


def raw_tree(made, *entries):
    """A tree object with names that Git itself would not write."""
    body = b"".join(f"{mode} {name}\0".encode() + bytes.fromhex(digest) for mode, digest, name in entries)
    return made.run("hash-object", "-t", "tree", "-w", "--literally", "--stdin", stdin=body)


@pytest.mark.parametrize(
    "name, sentence",
    [
        ("..", f"The commit is not read: `../{FILE}` leads out of its folder."),
        ("a\\b", f"The commit is not read: `a\\\\b/{FILE}` is no plain name."),
        ("C:", f"The commit is not read: `C:/{FILE}` is an absolute path."),
    ],
)
def test_a_tree_that_leads_out_spoils_the_commit(repository, read, name, sentence):
    """Objects can hold names that no checkout would make."""
    made = repository("course")
    inner = made.tree(("100644", made.blob("x"), FILE))
    made.commit_tree(raw_tree(made, ("40000", inner, name)), "student/eve")

    assert read(made.folder, branches="student/*") == {"eve": sentence}


def test_a_name_that_is_twice_in_a_tree_is_not_guessed_between(repository, read):
    """Neither is the first or the last of them."""
    made = repository("course")
    tree = raw_tree(made, ("100644", made.blob("1"), FILE), ("100644", made.blob("2"), FILE))
    made.commit_tree(tree, "student/eve")

    assert read(made.folder, branches="student/*") == {"eve": f"{FILE} is there 2 times; hand in one of them."}


def test_trees_that_hold_each_other_are_not_followed_to_their_end(repository, read, monkeypatch):
    """Ten trees of ten entries each list ten thousand million files; the listing is cut off."""
    monkeypatch.setattr(git, "_MOST_LISTED", 1024 * 1024)
    made = repository("course")
    tree = made.tree(("100644", made.blob("x"), FILE))
    for _ in range(10):
        tree = raw_tree(made, *(("40000", tree, f"d{n}") for n in range(10)))
    made.commit_tree(tree, "student/eve")
    made.commit({FILE: "fine"}, "student/ada")

    assert read(made.folder, branches="student/*") == {
        "ada": b"fine",
        "eve": "The repository is not read: it lists too many files.",
    }


def test_large_files_are_refused_by_their_size(repository, read):
    """And the students after them are read all the same."""
    made = repository("course")
    made.commit({FILE: b"#" * (MAX_BYTES + 1)}, "student/big")
    made.commit({FILE: b"#" * MAX_BYTES}, "student/fits")
    made.commit({FILE: "x", "data.bin": bytes(20 * 1024 * 1024)}, "student/with_data")

    assert read(made.folder, branches="student/*") == {
        "big": f"{FILE} is larger than 256 KiB.",
        "fits": b"#" * MAX_BYTES,
        "with_data": b"x",
    }


def test_what_a_repository_configures_has_no_power(repository, read, tmp_path):
    """Hooks, filters, attributes, programs, included files, replacements and promised objects: none is heeded."""
    made = repository("course")
    mark = tmp_path / "left_behind"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {mark}\ncat\n")
    program.chmod(0o755)
    made.commit(
        {FILE: "true", ".gitattributes": "* filter=evil diff=evil text working-tree-encoding=UTF-16\n"}, "student/ada"
    )
    forged = made.commit({FILE: "forged"}, "forged")
    made.run("replace", made.run("rev-parse", "student/ada"), forged)
    for hook in os.listdir(made.folder / ".git" / "hooks"):
        (made.folder / ".git" / "hooks" / hook).unlink()
    for hook in ("post-checkout", "reference-transaction", "fsmonitor-watchman", "post-index-change"):
        (made.folder / ".git" / "hooks" / hook).symlink_to(program)
    (made.folder / ".git" / "info" / "attributes").write_text("* filter=evil\n")
    (made.folder / ".git" / "config").write_text(
        f"""[core]
    repositoryformatversion = 1
    fsmonitor = {program}
    hooksPath = {tmp_path}
    pager = {program}
    sshCommand = {program}
    alternateRefsCommand = {program}
    gitProxy = {program}
    worktree = /
    attributesFile = /etc/passwd
[include]
    path = /etc/passwd
[filter "evil"]
    smudge = {program}
    clean = {program}
    process = {program}
[diff "evil"]
    textconv = {program}
[alias]
    for-each-ref = !{program}
    cat-file = !{program}
    ls-tree = !{program}
[pager]
    for-each-ref = {program}
[extensions]
    partialClone = origin
    nonsense = true
[remote "origin"]
    url = ext::{program}
    promisor = true
"""
    )

    assert read(made.folder, branches="student/*") == {"ada": b"true"}
    assert not mark.exists()


def test_the_environment_has_no_power(repository, read, monkeypatch, tmp_path):
    """Inside a hook of Git's own, its variables name another repository."""
    made, other = repository("course"), repository("other")
    made.commit({FILE: "true"}, "student/ada")
    other.commit({FILE: "other"}, "student/ada")
    monkeypatch.setenv("GIT_DIR", str(other.folder / ".git"))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(other.folder / ".git" / "objects"))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "/bin/false")

    assert read(made.folder, branches="student/*") == {"ada": b"true"}


def test_nothing_is_fetched_that_a_repository_lacks(repository, read, tmp_path):
    """A promised object that is not there is one sentence, and no program is asked for it."""
    made = repository("course")
    mark = tmp_path / "fetched"
    commit = made.commit({FILE: "x"}, "student/eve")
    made.commit({FILE: "y"}, "student/ada")
    for key, value in (
        ("core.repositoryformatversion", "1"),
        ("extensions.partialClone", "origin"),
        ("remote.origin.promisor", "true"),
        ("remote.origin.url", f"ext::touch {mark}"),
        ("protocol.allow", "always"),
    ):
        made.run("config", key, value)
    blob = made.run("rev-parse", f"{commit}:{FILE}")
    (made.folder / ".git" / "objects" / blob[:2] / blob[2:]).unlink()

    found = read(made.folder, branches="student/*")

    assert found["ada"] == b"y"
    assert found["eve"].startswith("The repository is damaged")
    assert not mark.exists()


def test_the_repository_stays_as_it_was(repository, read):
    """Nothing is written into it, and nothing is checked out anywhere."""
    made = repository("course")
    made.commit({FILE: "x"}, "student/ada")
    (made.folder / FILE).write_text("work in progress")
    before = {path: os.stat(path).st_mtime_ns for path in everything(made.folder)}

    assert read(made.folder, branches="student/*") == {"ada": b"x"}
    assert {path: os.stat(path).st_mtime_ns for path in everything(made.folder)} == before


def test_a_folder_of_clones_is_a_class(repository, read, students, exercise):
    """Each repository's own head is read, not what lies in its working tree, and its commit's time counts."""
    for name in ("ada", "bob"):
        made = repository(f"class/{name}")
        made.commit({FILE: name}, date="2026-10-02T00:00:00+00:00")
        (made.folder / FILE).write_text("not committed")

    assert read(made.folder.parent) == {"ada": b"ada", "bob": b"bob"}
    assert {each.parts[0].handed_in for each in students(made.folder.parent)} == {datetime(2026, 10, 2, tzinfo=UTC)}


def test_what_is_wrong_with_one_clone_costs_no_other(repository, read, tmp_path):
    """Each fault is one sentence of one student."""
    repository("class/ada").commit({FILE: "fine"})
    repository("class/empty")
    repository("class/borrows").commit({FILE: "x"})
    (tmp_path / "class/borrows/.git/objects/info/alternates").write_text(f"{tmp_path}/class/ada/.git/objects\n")
    repository("class/points").commit({FILE: "x"})
    (tmp_path / "class/points/.git/HEAD").write_text("ref: ../../../ada/.git/HEAD\n")
    repository("class/damaged").commit({FILE: "x"})
    for path in (tmp_path / "class/damaged/.git/objects").glob("??/*"):
        path.chmod(0o644)
        path.write_bytes(b"damaged")
    (tmp_path / "class/plain").mkdir()
    (tmp_path / "class/linked").symlink_to("ada")
    (tmp_path / "class/elsewhere").mkdir()
    (tmp_path / "class/elsewhere/.git").write_text(f"gitdir: {tmp_path}/class/ada/.git\n")
    (tmp_path / "class/inner").mkdir()
    (tmp_path / "class/inner/.git").symlink_to(tmp_path / "class/ada/.git")

    assert read(tmp_path / "class", "git") == {
        "ada": b"fine",
        "borrows": "The student's repository borrows objects from another; hand in a whole clone.",
        "damaged": "The student's repository has no commit.",
        "elsewhere": "The student's folder is not a Git repository.",
        "empty": "The student's repository has no commit.",
        "inner": "The student's folder is not a Git repository.",
        "linked": "The student's folder is a symbolic link; links are not followed.",
        "plain": "The student's folder is not a Git repository.",
        "points": "The student's repository has no commit.",
    }


def test_a_pipe_in_a_repository_is_not_waited_for(repository, read, monkeypatch, tmp_path):
    """Git would wait for ever, and is ended: here at once, so that no clock decides this test."""
    monkeypatch.setattr(git, "_SECONDS", 0.0)
    repository("class/eve").commit({FILE: "x"})
    os.unlink(tmp_path / "class/eve/.git/refs/heads/main")
    os.mkfifo(tmp_path / "class/eve/.git/refs/heads/main")

    assert read(tmp_path / "class") == {"eve": "The student's repository has no commit."}


def test_after_a_refusal_the_next_answer_is_its_own(repository):
    """The rest of an object that was too large is not taken for another."""
    made = repository("course")
    big, small = made.blob(b"#" * 5000), made.blob("small")
    with Repository.opened(made.folder) as opened:
        with pytest.raises(RefusedError, match="larger than 1 KiB"):
            opened._object(big, 1024)
        assert opened._object(small, 1024) == ("blob", b"small")
        with pytest.raises(SpoiltError, match="damaged"):
            opened._object("0" * 40, 1024)
        with pytest.raises(SpoiltError, match="damaged"):
            opened._object("HEAD\n" + small, 1024)
        assert opened._object(small, 1024) == ("blob", b"small")


def test_bad_input_is_one_sentence(repository, students, tmp_path, monkeypatch):
    """No repository, no branch that fits, and no Git."""
    made = repository("course")
    with pytest.raises(SubmissionsError, match=r"nowhere is not a Git repository\.$"):
        students(tmp_path / "nowhere", branches="*")
    with pytest.raises(SubmissionsError, match=r"has no branch that fits 'student/\*'\.$"):
        students(made.folder, branches="student/*")

    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SubmissionsError, match="Git is not installed here"):
        students(made.folder, branches="student/*")
