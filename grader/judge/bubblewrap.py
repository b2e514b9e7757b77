"""Bubblewrap around the zygote: a root folder that holds Python and nothing else."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from pathlib import Path

import grader


def command() -> list[str]:
    """The command in front of Python's; empty where bubblewrap is not installed.

    The zygote keeps two capabilities, within its own user namespace, to give each child a process table; the
    child drops them.
    """
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        return []
    return [
        bwrap,
        "--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts",
        "--unshare-cgroup-try", "--die-with-parent", "--new-session",
        "--cap-drop", "ALL", "--cap-add", "CAP_SYS_ADMIN", "--cap-add", "CAP_SETPCAP",
        "--dev", "/dev", "--tmpfs", "/tmp", *_binds(), "--chdir", "/", "--remount-ro", "/", "--",
    ]  # fmt: skip


def _binds() -> list[str]:
    package = Path(grader.__file__).resolve().parent
    wanted = {
        "/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/share/zoneinfo", "/etc/localtime", "/etc/ld.so.cache",
        sys.prefix, sys.base_prefix, sys.executable, os.path.realpath(sys.executable), str(package),
        *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")),
    }  # fmt: skip
    binds: list[str] = []
    for path in sorted(wanted):
        # What lies below a folder that is bound comes with it.
        if not any(path.startswith(f"{other}/") for other in wanted):
            binds += ["--ro-bind-try", path, path]
    return binds
