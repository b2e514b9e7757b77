"""The walls around a child: the one place where they are raised.

`raise_walls` runs in each child before the first line of the submission.
"""

from __future__ import annotations

import contextlib

with contextlib.suppress(ImportError):  # Windows has no rlimits
    import resource

#: What a report says of the walls that stood around its submissions.
LEVEL = "limits"


def raise_walls(*, memory_bytes: int = 1024 * 2**20) -> None:
    """Limit what this process may use: memory in bytes, no core dumps, no files larger than 1 MiB."""
    if "resource" not in globals():
        return
    for limit, value in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 2**20),
    ):
        try:
            resource.setrlimit(limit, (value, value))
        except (ValueError, OSError):
            # macOS refuses RLIMIT_AS; a lower limit that is already set stays.
            continue
