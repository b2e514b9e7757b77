"""Control groups: used where the kernel delegates them, and else it is said why not."""

import os
from pathlib import Path

from grader.judge import cgroups
from grader.judge.launch import Zygote


def test_a_group_limits_whom_it_is_made_around(tmp_path):
    """The limits are written into the group, and the process is moved into it."""
    group = cgroups.Group.around(4711, tmp_path)

    assert group.folder.parent == tmp_path
    assert [path.name for path in sorted(group.folder.iterdir())] == ["cgroup.procs", "memory.max", "pids.max"]
    assert (group.folder / "cgroup.procs").read_text() == "4711"
    assert (group.folder / "pids.max").read_text() == cgroups.LIMITS["pids.max"]


def test_groups_are_used_where_they_can_be_had():
    """With a delegated group the zygote of a submission is in one of its own, and it goes with the zygote; without
    one, the reason is told."""
    here, detail = cgroups.described()

    assert here is (cgroups.parent() is not None)
    assert detail
    warm = Zygote.warm_up("limits")
    zygote = warm.divide()
    try:
        custody = zygote.start(cpu_seconds=1)
        if here:
            assert zygote.group is not None
            assert str(custody.pid) in (zygote.group.folder / "cgroup.procs").read_text().split()
        else:
            assert zygote.group is None
        custody.end()
    finally:
        zygote.close()
        warm.close()
    if here:
        assert not zygote.group.folder.exists()


def test_what_killed_graders_left_is_taken_away(tmp_path):
    """A group that names a process that is no more is removed; that of a living one stays."""
    dead, living = tmp_path / "grader-999999999-x", tmp_path / f"grader-{os.getpid()}-x"
    dead.mkdir()
    living.mkdir()

    cgroups._sweep(Path(tmp_path))

    assert living.exists()
    assert not dead.exists()
