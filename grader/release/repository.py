"""The parts of git that a release needs, untouched by the user's own settings of git."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from grader.release.errors import ReleaseError

#: Who a release is from: nobody in particular.
AUTHOR, ADDRESS = "The course", "course@example.invalid"


def available() -> bool:
    """Whether git is installed."""
    return shutil.which("git") is not None


def changed(root: Path, folder: str) -> frozenset[str]:
    """The files below `folder` that are not as they were committed, as paths from `root`.

    Empty where `root` lies in no repository, or where there is no git.
    """
    if not available():
        return frozenset()
    try:
        told = _git(root, "status", "--porcelain", "-z", "--untracked-files=all", "--no-renames", "--", folder)
        prefix = _git(root, "rev-parse", "--show-prefix").strip()
    except ReleaseError:
        return frozenset()
    return frozenset(line[3:].removeprefix(prefix) for line in told.split("\0") if line)


def commit_all(folder: Path, message: str) -> None:
    """Make `folder` a repository with one commit that holds everything in it.

    Raises:
        ReleaseError: git refuses.
    """
    # Without a template there are no hooks; with --force nobody's list of ignored files matters.
    _git(folder, "init", "--quiet", "--template=")
    _git(folder, "add", "--all", "--force")
    _git(folder, "commit", "--quiet", "--message", message)


def _git(folder: Path, *arguments: str) -> str:
    settings = {"init.defaultBranch": "main", "core.autocrlf": "false", "core.hooksPath": os.devnull}
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    # Variables of git would point at another repository, for one when a hook of it runs this.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_ATTR_NOSYSTEM": "1",
        "TZ": "UTC",
        **{f"GIT_{role}_NAME": AUTHOR for role in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{role}_EMAIL": ADDRESS for role in ("AUTHOR", "COMMITTER")},
    }
    done = subprocess.run(
        ["git", *options, *arguments], cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8"
    )
    if done.returncode != 0:
        why = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        raise ReleaseError(f"`git {arguments[0]}` failed: {why.rstrip('.')}.")
    return done.stdout
