"""The walls around a submission: what they are, which of them this machine has, and raising them.

Each wall is probed, not assumed. `raise_walls` is the one place where a child's rights are cut down, before
the first line of the submission; `grader.sandbox.namespaces` gives the zygote namespaces of its own before.
"""

from __future__ import annotations

import functools
import sysconfig

from grader.sandbox.walls import capabilities, landlock, limits, seccomp


@functools.cache
def can_filter() -> bool:
    """Whether both filters that need no privilege are here: Landlock for files, seccomp for system calls."""
    return landlock.version() > 0 and seccomp.supported()


@functools.cache
def readable_folders() -> tuple[str, ...]:
    """What Python itself must still be able to read: its library, installed packages, zones of time."""
    places = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    system = ("/usr/lib", "/lib", "/lib64", "/usr/share/zoneinfo", "/etc/localtime", "/dev/null", "/dev/urandom")
    return (*sorted(places), *system)


def raise_walls(*, filtered: bool) -> None:
    """Cut down what this process may use, and where `filtered` what it may do, for good.

    Raises:
        OSError: the kernel refused a filter; nothing of a submission may run then.
    """
    limits.apply()
    if filtered:
        capabilities.drop()
        landlock.restrict(readable_folders())
        seccomp.install()
