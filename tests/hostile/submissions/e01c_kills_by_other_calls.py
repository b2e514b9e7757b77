# E1 rejected: only refused
import ctypes
import platform

# rt_sigqueueinfo, rt_tgsigqueueinfo, tkill, tgkill
NUMBERS = {"x86_64": (129, 297, 200, 234), "aarch64": (138, 240, 130, 131)}[platform.machine()]


async def digest(*args):
    libc = ctypes.CDLL(None)
    info = ctypes.create_string_buffer(b"\x09\0\0\0\0\0\0\0\xff\xff\xff\xff", 128)
    queue, queue_to_thread, kill_thread, kill_thread_of = NUMBERS
    said = set()
    for pid in (int("__WORKER__"), int("__ZYGOTE__")):
        for result in (
            libc.syscall(queue, pid, 9, info),
            libc.syscall(queue_to_thread, pid, pid, 9, info),
            libc.syscall(kill_thread, pid, 9),
            libc.syscall(kill_thread_of, pid, pid, 9),
            libc.sigqueue(pid, 9, None),
        ):
            said.add("refused" if result < 0 else f"reached {pid}")
    return "only " + " ".join(sorted(said))


survey = digest
