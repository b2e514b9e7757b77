"""nbgrader's collecting without following links."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from pathlib import Path
from typing import Any

from nbgrader.exchange.default import ExchangeCollect


class CollectWithoutLinks(ExchangeCollect):  # type: ignore[misc]
    """Collects regular files only.

    nbgrader follows a student's links with the rights of the instructor. A link `x.html` to a hidden suite would be
    copied along with the submission, and come back to the student as feedback.
    """

    def do_copy(self, src: str, dest: str, log: Any = None) -> None:
        with tempfile.TemporaryDirectory(prefix="collect-") as place:
            aside = Path(place, "submission")
            for left in copy_regular_files(Path(src), aside):
                self.log.warning("%s is no regular file of a submission, and is not collected", left)
            super().do_copy(str(aside), dest, log)


def copy_regular_files(source: Path, target: Path) -> list[Path]:
    """Copy a folder without what is a link, a pipe, a device or shared with others; return what was left behind."""
    target.mkdir()
    left = []
    for entry in sorted(os.scandir(source), key=lambda entry: entry.name):
        copied = target / entry.name
        if entry.is_dir(follow_symlinks=False):
            left += copy_regular_files(Path(entry), copied)
            continue
        if _is_plain(Path(entry)):
            shutil.copy2(entry, copied, follow_symlinks=False)
        # A file can have become a link meanwhile; its copy is one then.
        if not (copied.exists() and _is_plain(copied)):
            copied.unlink(missing_ok=True)
            left.append(Path(entry))
    return left


def _is_plain(path: Path) -> bool:
    found = path.lstat()
    return stat.S_ISREG(found.st_mode) and found.st_nlink == 1
