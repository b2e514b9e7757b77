"""What walls this machine can put around a submission, and whether they hold: tried, not assumed."""

from __future__ import annotations

import asyncio
import platform
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from grader.boundary.forks import LEVELS
from grader.judge import cgroups
from grader.judge.endings import SubmissionFault
from grader.judge.launch import Launcher, Spawner, Zygote, can_fork
from grader.judge.trial import Brought, Trial
from grader.judge.world import JudgeMachine
from grader.sandbox import namespaces
from grader.sandbox.walls import kernel, landlock, seccomp
from grader.simulation import SimulatedLoop

#: The level that official grading needs.
NEEDED = "filtered"


class Part(NamedTuple):
    """One thing that walls are made of: whether this machine has it, and what is known about it."""

    name: str
    here: bool
    detail: str


class Attack(NamedTuple):
    """One attack that was tried for real. `held` is whether it failed, `detail` how."""

    name: str
    held: bool
    detail: str


class Diagnosis(NamedTuple):
    """The state of this machine. `advice` is one sentence for each thing that would raise the level."""

    parts: tuple[Part, ...]
    level: str
    attacks: tuple[Attack, ...]
    advice: tuple[str, ...]

    @property
    def good(self) -> bool:
        """Whether official grading may run here."""
        return LEVELS.index(self.level) >= LEVELS.index(NEEDED) and all(attack.held for attack in self.attacks)


def examine(highest: str = LEVELS[-1]) -> Diagnosis:
    """Look at this machine and attack its sandbox."""
    parts = _parts()
    launcher: Launcher = Zygote.warm_up(highest) if can_fork() else Spawner()
    try:
        level = launcher.level if isinstance(launcher, Zygote) else "none"
        attacks = tuple(_try(name, source, launcher) for name, source in ATTACKS.items())
    finally:
        launcher.close()
    return Diagnosis(parts, level, attacks, tuple(_advice(parts, level)))


def _parts() -> tuple[Part, ...]:
    version = landlock.version()
    bwrap = shutil.which("bwrap")
    return (
        Part("Python", True, f"{platform.python_version()} on {platform.system()} {platform.release()}"),
        Part("fork", can_fork(), "a child for each test" if can_fork() else "a fresh interpreter for each test"),
        Part("Landlock", version > 0, f"version {version}" if version else "not in this kernel"),
        Part("seccomp", seccomp.supported(), kernel.MACHINE),
        Part("namespaces", *_namespaces()),
        Part("bubblewrap", bwrap is not None, _version_of(bwrap) if bwrap else "not installed"),
        Part("cgroups", *cgroups.described()),
    )


def _namespaces() -> tuple[bool, str]:
    if namespaces.available():
        return True, "user, process, network, ipc, mount, uts"
    if _reads("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1":
        return False, "forbidden by AppArmor"
    if _reads("/proc/sys/user/max_user_namespaces") == "0":
        return False, "forbidden: max_user_namespaces is 0"
    return False, "forbidden by the kernel or by a container's filter"


def _reads(path: str) -> str | None:
    try:
        return Path(path).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None


def _version_of(bwrap: str) -> str:
    done = subprocess.run([bwrap, "--version"], capture_output=True, text=True, check=False)
    return done.stdout.strip().rpartition(" ")[2] or "of unknown version"


def _advice(parts: tuple[Part, ...], level: str) -> list[str]:
    have: Mapping[str, Part] = {part.name: part for part in parts}
    advice: list[str] = []
    if not kernel.LINUX:
        advice.append("Official grading needs Linux; on this system use WSL 2, a container or CI.")
        return advice
    if not have["Landlock"].here:
        advice.append("Landlock needs Linux 5.13 or newer, with 'landlock' among the kernel's lsm= modules.")
    if have["namespaces"].detail == "forbidden by AppArmor":
        advice.append("Allow user namespaces: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0")
    elif have["namespaces"].detail.endswith("is 0"):
        advice.append("Allow user namespaces: sudo sysctl -w user.max_user_namespaces=10000")
    elif not have["namespaces"].here:
        advice.append("Namespaces cannot be had in this container; the filters hold without them.")
    if not have["bubblewrap"].here:
        advice.append("Install bubblewrap: sudo apt-get install bubblewrap")
    elif level != LEVELS[-1] and have["namespaces"].here:
        advice.append("Bubblewrap is installed and could not be used; run `bwrap --unshare-all true` to see why.")
    return advice


def _try(name: str, source: str, launcher: Launcher) -> Attack:
    brought = Brought("attack", f"{_HEAD}\n{source}".encode(), 2.0, launcher)
    machine = JudgeMachine()
    trial = Trial(machine, brought, 0)

    async def attack() -> str:
        student = await trial.student()
        answer: str = await student.attack()
        return answer

    try:
        answer = asyncio.Runner(loop_factory=lambda: SimulatedLoop(machine)).run(attack())
    except SubmissionFault as fault:
        return Attack(name, True, fault.cause)
    except Exception as refusal:
        return Attack(name, True, f"{type(refusal).__name__}: {refusal}"[:200])
    finally:
        trial.end()
    return Attack(name, False, str(answer)[:200])


_HEAD = "import ctypes, os, resource, signal, socket, subprocess, sys, threading"
_ASYNC: Callable[[str], str] = "async def attack():\n    {}\n".format
#: Each either raises, is killed, or comes back with what it has got hold of.
ATTACKS: Mapping[str, str] = {
    "reads a file of the system": _ASYNC("return open('/etc/passwd').readline()"),
    "writes a file": _ASYNC("return open('/tmp/grader-doctor', 'w').name"),
    "starts a program": _ASYNC("return str(subprocess.run(['/bin/true']).returncode)"),
    "forks": _ASYNC("return str(os.fork() or os._exit(0))"),
    "kills its parent": _ASYNC("return os.kill(os.getppid() or 2, 0) or 'reached'"),
    "changes another process's limits": _ASYNC(
        "return str(resource.prlimit(os.getppid() or 2, resource.RLIMIT_NOFILE))"
    ),
    "reads another process's environment": _ASYNC("return open('/proc/1/environ').read(20)"),
    "connects to the network": _ASYNC(
        "import _socket; s = _socket.socket(); s.connect(('127.0.0.1', 22)); return 'connected'"
    ),
    "uses two gibibytes of memory": _ASYNC("return str(len(bytearray(2 * 2**30)))"),
    "opens a thousand files": _ASYNC("return str(len([os.open('/dev/null', os.O_RDONLY) for _ in range(1000)]))"),
    "makes a user namespace": _ASYNC(
        "r = ctypes.CDLL(None, use_errno=True).unshare(0x10000000); "
        "assert r == 0, os.strerror(ctypes.get_errno()); return 'made'"
    ),
    "asks the kernel's keyring": _ASYNC(
        "r = ctypes.CDLL(None, use_errno=True).syscall(250, 0, -3, 0); "
        "assert r >= 0, os.strerror(ctypes.get_errno()); return 'a key'"
    ),
}
