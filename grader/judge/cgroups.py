"""Control groups: the memory and the processes that a submission's zygote may have, with all its children together.

Only version 2 is used, and only where a group is delegated: where a group above this process already limits memory
and processes for the groups in it, and lets this user make one. Nobody else's process is moved.
"""

from __future__ import annotations

import contextlib
import functools
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

_NEEDED = {"memory", "pids"}
#: What is written into each group; the last where the kernel counts swapped memory.
LIMITS = {"memory.max": str(2**30), "pids.max": "256", "memory.swap.max": "0"}
_OPTIONAL = "memory.swap.max"
_sleep = time.sleep


class Group:
    """A group of its own for one process, and for all that it starts from then on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def around(cls, process: int, parent: Path) -> Group:
        """Move a process into a new group below `parent`.

        Raises:
            OSError: the kernel refused.
        """
        group = cls(Path(tempfile.mkdtemp(prefix=f"grader-{os.getpid()}-", dir=parent)))
        try:
            for name, limit in LIMITS.items():
                if name != _OPTIONAL or (group.folder / name).exists():
                    (group.folder / name).write_text(limit, encoding="ascii")
            (group.folder / "cgroup.procs").write_text(str(process), encoding="ascii")
        except OSError:
            group.remove()
            raise
        return group

    def remove(self) -> None:
        """Kill what is left in the group, and take it away; harmless when repeated."""
        kill = self.folder / "cgroup.kill"
        if kill.exists():
            with contextlib.suppress(OSError):
                kill.write_text("1", encoding="ascii")
        for _ in range(200):
            with contextlib.suppress(FileNotFoundError):
                try:
                    self.folder.rmdir()
                except OSError:
                    # Whoever was killed needs a moment to be gone.
                    _sleep(0.005)
                    continue
            return


@functools.cache
def parent() -> Path | None:
    """Where this process may make groups, None where nowhere. Found by making one."""
    for folder in _candidates():
        _sweep(folder)
        with contextlib.suppress(OSError), subprocess.Popen(["cat"], stdin=subprocess.PIPE) as process:
            try:
                Group.around(process.pid, folder).remove()
            finally:
                process.kill()
            return folder
    return None


def described() -> tuple[bool, str]:
    """Whether control groups are used here, and why not."""
    if (found := parent()) is not None:
        return True, f"version 2, memory and processes limited below {found}"
    if (mount := _mounted()) is None:
        return False, "version 1, not used" if Path("/sys/fs/cgroup").is_dir() else "none"
    if not _words(mount / "cgroup.controllers") >= _NEEDED:
        return False, "version 2 without memory and pids, not used"
    return False, "version 2, none delegated to this user"


def _candidates() -> Iterator[Path]:
    """The groups that this process is in, innermost first, which limit memory and processes for others in them."""
    if (mount := _mounted()) is None:
        return
    own = next((line[3:] for line in _lines("/proc/self/cgroup") if line.startswith("0::")), "/")
    folder = mount / own.lstrip("/")
    for each in (folder, *folder.parents):
        if _words(each / "cgroup.subtree_control") >= _NEEDED:
            yield each
        if each == mount:
            return


def _sweep(folder: Path) -> None:
    """Take away the groups of graders that were killed."""
    for old in folder.glob("grader-*-*"):
        if not Path("/proc", old.name.split("-")[1]).exists():
            Group(old).remove()


def _mounted() -> Path | None:
    """Where the groups of version 2 are mounted."""
    for line in _lines("/proc/self/mounts"):
        _, place, kind, *_ = line.split(" ")
        if kind == "cgroup2":
            return Path(place)
    return None


def _words(path: Path) -> set[str]:
    return {word for line in _lines(path) for word in line.split()}


def _lines(path: Path | str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
