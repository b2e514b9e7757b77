# D13 rejected: only refused
import os
import tempfile


def attempts():
    for folder in ("/tmp", "/dev/shm", "/var/tmp", "__COURSE__", "."):
        yield lambda folder=folder: open(f"{folder}/left_behind", "wb").truncate(2**50)
        yield lambda folder=folder: os.makedirs(f"{folder}/left_behind_folder/" + "a/" * 100)
        yield lambda folder=folder: os.mkdir(f"{folder}/left_behind_" + "x" * 200)
        yield lambda folder=folder: os.mkfifo(f"{folder}/left_behind_pipe")
        yield lambda folder=folder: os.open(folder, os.O_TMPFILE | os.O_RDWR)
        yield lambda folder=folder: tempfile.NamedTemporaryFile(prefix="left_behind", dir=folder, delete=False)


async def digest(*args):
    said = set()
    for attempt in attempts():
        try:
            said.add(str(attempt()))
        except OSError:
            said.add("refused")
    return "only " + " ".join(sorted(said))


survey = digest
