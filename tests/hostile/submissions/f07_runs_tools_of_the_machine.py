# F7 raised: The code raised RuntimeError: nothing got out
import os
import sys

ATTEMPTS = {
    "execv": lambda: os.execv("/bin/sh", ["sh", "-c", "exit 0"]),
    "execve of Python": lambda: os.execve(sys.executable, [sys.executable, "-c", "pass"], {}),
    "posix_spawn": lambda: os.posix_spawn("/bin/true", ["true"], {}),
    "_posixsubprocess": lambda: original(["/bin/true"]),
    "execveat": lambda: os.execv(os.open("/bin/true", os.O_RDONLY), ["true"]),
}


def original(argv):
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def held():
    out = []
    for name, attempt in ATTEMPTS.items():
        try:
            attempt()
        except (OSError, AttributeError, ImportError, ValueError):
            continue
        out.append(name)
    return out


async def digest(*args):
    out = held()
    raise RuntimeError(f"got out by {out}" if out else "nothing got out")


survey = digest
