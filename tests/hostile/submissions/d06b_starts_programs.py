# D6 rejected: only refused
import ctypes
import multiprocessing
import os
import subprocess
import sys


def attempts():
    yield lambda: os.posix_spawn("/bin/sleep", ["sleep", "5"], {})
    yield lambda: subprocess.Popen(["/bin/sleep", "5"])
    yield lambda: subprocess.run([sys.executable, "-c", "import time; time.sleep(5)"], check=True)
    yield lambda: os.execv("/bin/sleep", ["sleep", "5"])
    yield lambda: multiprocessing.get_context("fork").Process(target=max, args=(1, 2)).start()


async def digest(*args):
    said = set()
    for attempt in attempts():
        try:
            attempt()
            said.add("a process")
        except Exception:
            said.add("refused")
    if os.system("sleep 5") == 0 or ctypes.CDLL(None).fork() > 0:
        said.add("a process")
    return "only " + " ".join(sorted(said))


survey = digest
