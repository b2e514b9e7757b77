# E6 rejected: only refused
import os
import sysconfig

COURSE, PACKAGES = "__COURSE__", sysconfig.get_path("purelib")
KIT = os.path.dirname(os.path.dirname(__import__("grader").__file__))
SUITE = f"{COURSE}/tests/hidden/01_target/test_hidden.py"


def attempts():
    for folder in (PACKAGES, f"{KIT}/grader", f"{KIT}/grader/__pycache__", os.path.expanduser("~/.local/lib"), COURSE):
        yield lambda folder=folder: open(f"{folder}/left_behind.cpython-311.pyc", "wb")
        yield lambda folder=folder: os.mkdir(f"{folder}/left_behind")
        yield lambda folder=folder: os.utime(folder)
        yield lambda folder=folder: os.chmod(folder, 0o777)
    yield lambda: open(os.path.expanduser("~/.config/pip/left_behind.conf"), "w")
    yield lambda: os.unlink(SUITE)
    yield lambda: os.rename(SUITE, f"{COURSE}/left_behind.py")
    yield lambda: os.link(SUITE, f"{COURSE}/left_behind.py")
    yield lambda: os.symlink("/etc/passwd", f"{COURSE}/left_behind.py")
    yield lambda: os.truncate(SUITE, 0)
    yield lambda: os.chmod(SUITE, 0o777)
    yield lambda: os.chown(SUITE, 1, 1)
    yield lambda: os.setxattr(SUITE, "user.left_behind", b"1")


async def digest(*args):
    said = set()
    for attempt in attempts():
        try:
            attempt()
            said.add("done")
        except OSError:
            said.add("refused")
    return "only " + " ".join(sorted(said))


survey = digest
