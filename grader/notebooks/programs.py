"""Lets nbgrader find the programs that it calls by their bare names."""

from __future__ import annotations

import os
import sysconfig


def put_programs_on_path() -> None:
    """Let nbgrader find `alembic`, which it calls to make a database.

    Where the virtual environment is not activated, that name is not on the path.
    """
    programs = sysconfig.get_path("scripts")
    path = os.environ.get("PATH", os.defpath).split(os.pathsep)
    if programs not in path:
        os.environ["PATH"] = os.pathsep.join([*path, programs])
