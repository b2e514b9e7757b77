# B11 rejected: nothing found
import glob
import os

COURSE = "__COURSE__"


async def digest(*args):
    found = glob.glob(f"{COURSE}/submissions/*/*")
    for path in ("submissions/neighbour/target.py", "exercises/01_target/target.py", "solutions/01_target/target.py"):
        try:
            with open(f"{COURSE}/{path}") as file:
                found.append(file.read())
        except OSError:
            continue
    try:
        found += os.listdir(f"{COURSE}/submissions")
    except OSError:
        pass
    return str(found) if found else "nothing found"


survey = digest
