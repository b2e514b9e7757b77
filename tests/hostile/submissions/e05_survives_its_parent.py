# E5 rejected: only refused
import ctypes

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER, PR_SET_PTRACER = 1, 4, 36, 0x59616D61


async def digest(*args):
    libc = ctypes.CDLL(None)
    said = set()
    for option, value in (
        (PR_SET_PDEATHSIG, 0),
        (PR_SET_DUMPABLE, 1),
        (PR_SET_CHILD_SUBREAPER, 1),
        (PR_SET_PTRACER, -1),
    ):
        said.add("refused" if libc.prctl(option, value, 0, 0, 0) < 0 else "done")
    return "only " + " ".join(sorted(said))


survey = digest
