"""Resource limits: what a child may use up."""

from __future__ import annotations

import contextlib

with contextlib.suppress(ImportError):  # Windows has none
    import resource

_MIB = 2**20
#: Each limit with its value; hard and soft alike, so that it cannot be raised again.
LIMITS = {
    "RLIMIT_AS": 1024 * _MIB,
    "RLIMIT_DATA": 512 * _MIB,
    "RLIMIT_FSIZE": _MIB,
    "RLIMIT_NOFILE": 64,
    "RLIMIT_CORE": 0,
    "RLIMIT_MEMLOCK": 0,
    "RLIMIT_MSGQUEUE": 0,
    "RLIMIT_SIGPENDING": 256,
    "RLIMIT_CPU": 120,
}


def apply() -> None:
    """Set each limit that this system has."""
    if "resource" not in globals():
        return
    for name, value in LIMITS.items():
        if hasattr(resource, name):
            # macOS refuses some; a lower limit that is already set stays.
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(getattr(resource, name), (value, value))
