"""What a CI service says about a pipeline in the environment of its jobs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec

from grader.problems import Problem

#: What stands for a commit where there is none before, as at the first push of a branch.
_NONE = {"", "0" * 40, "0" * 64}


class PipelineError(Problem):
    """What a service has left for its job cannot be read. The text is one sentence."""


@dataclass(frozen=True)
class Pipeline:
    """A pipeline: whose work it is, where that is checked out, and what it is compared with.

    `base` is a revision, empty where the service names none. `summary` and `outputs` are the files that a step of
    GitHub's may write to. `handed_in` is set where the service itself received the work.
    """

    service: Literal["github", "gitlab", "gradescope", "none"]
    student: str
    checkout: Path
    base: str = ""
    summary: Path | None = None
    outputs: Path | None = None
    handed_in: datetime | None = None


def from_environment(environ: Mapping[str, str]) -> Pipeline:
    """The pipeline that this process runs in, or a stand-in for one on a person's machine."""
    if environ.get("GITHUB_ACTIONS") == "true":
        return _github(environ)
    if environ.get("GITLAB_CI") == "true":
        before = environ.get("CI_MERGE_REQUEST_DIFF_BASE_SHA") or environ.get("CI_COMMIT_BEFORE_SHA", "")
        return Pipeline(
            "gitlab",
            environ.get("GITLAB_USER_LOGIN") or "student",
            Path(environ.get("CI_PROJECT_DIR") or "."),
            "" if before in _NONE else before,
        )
    return Pipeline("none", "student", Path("."))


def _github(environ: Mapping[str, str]) -> Pipeline:
    def file(name: str) -> Path | None:
        return Path(environ[name]) if environ.get(name) else None

    base = environ.get("GITHUB_BASE_REF", "")
    return Pipeline(
        "github",
        # Classroom 50 names the owner of the repository; others are known by who pushed.
        environ.get("OWNER") or environ.get("USERNAME") or environ.get("GITHUB_ACTOR") or "student",
        Path(environ.get("GITHUB_WORKSPACE") or "."),
        # By its full name, for which no tag of the student's can stand in.
        f"refs/remotes/origin/{base}" if base else _pushed_onto(file("GITHUB_EVENT_PATH")),
        summary=file("GITHUB_STEP_SUMMARY"),
        outputs=file("GITHUB_OUTPUT"),
    )


def _pushed_onto(event: Path | None) -> str:
    """The commit that a branch was at before the push, as GitHub's description of the event says."""
    if event is None:
        return ""
    try:
        before = msgspec.json.decode(event.read_bytes(), type=_Event).before
    except (OSError, msgspec.MsgspecError):
        # A description of anything but a push is no reason not to grade.
        return ""
    return "" if before in _NONE else before


class _Event(msgspec.Struct, frozen=True):
    before: str = ""


class _User(msgspec.Struct, frozen=True):
    email: str = ""
    name: str = ""


class _Metadata(msgspec.Struct, frozen=True):
    created_at: datetime
    users: tuple[_User, ...] = ()


def from_gradescope(home: Path) -> Pipeline:
    """What Gradescope lays out below `home`, which on its machines is `/autograder`.

    Raises:
        PipelineError: its description of the submission cannot be read.
    """
    path = home / "submission_metadata.json"
    try:
        said = msgspec.json.decode(path.read_bytes(), type=_Metadata)
    except (OSError, msgspec.MsgspecError) as error:
        raise PipelineError(f"{path} is no description of a submission by Gradescope: {error}.") from error
    names = " and ".join(user.email or user.name for user in said.users if user.email or user.name)
    when = said.created_at if said.created_at.tzinfo else said.created_at.replace(tzinfo=UTC)
    return Pipeline("gradescope", names or "student", home / "submission", handed_in=when)
