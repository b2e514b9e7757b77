# B10 rejected: nothing kept
import os

PLACES = ["/tmp/left_behind", "/dev/shm/left_behind", "/var/tmp/left_behind", "left_behind", "__COURSE__/left_behind"]


async def digest(*args):
    kept = []
    for place in PLACES:
        try:
            kept.append(open(place).read())
        except OSError:
            pass
        try:
            with open(place, "a") as file:
                file.write("seen")
        except OSError:
            pass
        try:
            os.mkdir(f"{place}_folder")
            kept.append("folder")
        except OSError:
            pass
        try:
            os.symlink("seen", f"{place}_link")
            kept.append("link")
        except OSError:
            pass
    return str(kept) if any(kept) else "nothing kept"


survey = digest
