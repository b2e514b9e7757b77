"""Makes a Python look to the grader, to examples and to students' code as one on Windows does.

Imported by a `.pth` file of an environment, in every process of it. The standard library and installed packages
know Windows themselves, and see this system as it is; everything else sees modules and names that Windows lacks
neither by `import` nor by `hasattr`.
"""

from __future__ import annotations

import asyncio
import builtins
import sys
import types
from asyncio import selector_events
from typing import Any

MISSING_MODULES = {
    "crypt", "curses", "fcntl", "grp", "nis", "ossaudiodev", "posix", "pty", "pwd", "readline", "resource", "spwd",
    "syslog", "termios", "tty",
}  # fmt: skip
_SIGNALS = {"SIGABRT", "SIGFPE", "SIGILL", "SIGINT", "SIGSEGV", "SIGTERM", "SIG_DFL", "SIG_IGN"}
_MISSING = {
    "asyncio": {"SafeChildWatcher", "ThreadedChildWatcher", "PidfdChildWatcher"},
    "faulthandler": {"register", "unregister"},
    "os": {
        "O_CLOEXEC", "O_DIRECTORY", "O_NOCTTY", "O_NOFOLLOW", "O_NONBLOCK", "O_SYNC", "WNOHANG", "chown", "chroot",
        "eventfd", "fchdir", "fork", "forkpty", "getegid", "geteuid", "getgid", "getloadavg", "getpgid", "getuid",
        "killpg", "memfd_create", "mkfifo", "mknod", "nice", "openpty", "pidfd_open", "pipe2", "posix_spawn", "pread",
        "sched_getaffinity", "sched_setaffinity", "sendfile", "set_blocking", "setgid", "setpgid", "setsid", "setuid",
        "statvfs", "sysconf", "ttyname", "uname", "wait", "wait3", "wait4", "waitid",
    },
    "select": {"epoll", "kqueue", "poll"},
    "socket": {"AF_UNIX", "SCM_RIGHTS", "SO_REUSEPORT", "recv_fds", "send_fds"},
    "time": {"clock_getres", "clock_gettime", "clock_settime", "pthread_getcpuclockid", "tzset"},
}  # fmt: skip


class _Windows(types.ModuleType):
    """A module without what it lacks on Windows; to set a name of it sets that of the module itself."""

    def __init__(self, module: types.ModuleType, **others: object) -> None:
        super().__init__(module.__name__)
        vars(self).update(_module=module, _others=others)

    def __getattr__(self, name: str) -> Any:
        module = vars(self)["_module"]
        if name in vars(self)["_others"]:
            return vars(self)["_others"][name]
        if name in _MISSING.get(module.__name__, ()) or (module.__name__ == "signal" and _is_no_signal(name)):
            raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")
        return getattr(module, name)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(vars(self)["_module"], name, value)


def _is_no_signal(name: str) -> bool:
    if name.startswith("SIG") and name.isupper():
        return name not in _SIGNALS
    return name.startswith(("pthread_", "sig", "CLD_")) and name != "signal" or name in ("alarm", "pause", "setitimer")


class _SelectorEventLoop(selector_events.BaseSelectorEventLoop):
    """Windows's loop for selectors adds nothing to the common one."""


asyncio.SelectorEventLoop = _SelectorEventLoop  # type: ignore[misc]
_views = {name: _Windows(__import__(name)) for name in (*_MISSING, "signal")}
_views["sys"] = _Windows(sys, platform="win32")
_import = builtins.__import__


def _as_on_windows(
    name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0
) -> types.ModuleType:
    if not _is_ours(globals or {}):
        return _import(name, globals, locals, fromlist, level)
    if name.partition(".")[0] in MISSING_MODULES:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    module = _import(name, globals, locals, fromlist, level)
    return _views.get(module.__name__, module)


def _is_ours(importer: dict[str, Any]) -> bool:
    """Whether the grader imports, an example, or a student's file, which is executed without a spec."""
    spec = importer.get("__spec__")
    name = spec.name if spec is not None else importer.get("__name__", "")
    return name.split(".")[0] in ("grader", "exercises") or (
        spec is None and str(importer.get("__file__", "")) == f"{name}.py"
    )


builtins.__import__ = _as_on_windows
