# F6 raised: The code raised RuntimeError: nothing got out
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long


def call(*args):
    """A system call, as no library would make it."""
    result = libc.syscall(*map(ctypes.c_long, args))
    if result == -1:
        raise OSError(ctypes.get_errno(), "refused")
    return result


def change(function, *ids):
    before = os.getresuid() + os.getresgid()
    function(*ids)
    # Becoming who one is already changes nothing.
    if os.getresuid() + os.getresgid() == before:
        raise OSError("nothing has changed")


def gain_rights():
    # no_new_privs is what keeps programs with rights of their own from giving them away.
    if libc.prctl(39, 0, 0, 0, 0) != 0:
        raise OSError("no rights to be gained")


ATTEMPTS = {
    "setuid": lambda: change(os.setuid, 12345),
    "setresuid": lambda: change(os.setresuid, 12345, 12345, 12345),
    "setgid": lambda: change(os.setgid, 12345),
    "setgroups": lambda: os.setgroups([12345]),
    "sudo": lambda: os.execv("/usr/bin/sudo", ["sudo", "-n", "id"]),
    "su": lambda: os.execv("/bin/su", ["su", "-c", "id"]),
    "rights": gain_rights,
    "capset": lambda: call(126, ctypes.addressof(HEADER), ctypes.addressof(ALL)),
}
HEADER = (ctypes.c_uint32 * 2)(0x20080522, 0)
ALL = (ctypes.c_uint32 * 6)(*[0xFFFFFFFF] * 6)


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
