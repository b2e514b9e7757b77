# A7 rejected: only PermissionError
import os
import sysconfig


async def digest(*args):
    said = set()
    os.environ["PYTHONSTARTUP"] = os.environ["PYTHONPATH"] = "/tmp"
    library, packages = sysconfig.get_path("stdlib"), sysconfig.get_path("purelib")
    for place in (
        f"{packages}/left_behind.pth",
        f"{library}/left_behind_sitecustomize.py",
        f"{library}/site-packages/left_behind_usercustomize.py",
        os.path.expanduser("~/left_behind_startup.py"),
    ):
        try:
            with open(place, "w") as file:
                file.write("import os; os._exit(0)\n")
            said.add("planted")
        except OSError as exc:
            said.add(type(exc).__name__)
    return "only " + " ".join(sorted(said))


survey = digest
