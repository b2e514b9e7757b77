# A6 rejected: only PermissionError
COURSE = "__COURSE__"


async def digest(*args):
    said = set()
    for name in ("pytest.ini", "tox.ini", "setup.cfg", "pyproject.toml", "tests/hidden/01_target/pytest.ini"):
        try:
            with open(f"{COURSE}/{name}", "w") as file:
                file.write("[pytest]\naddopts = --collect-only -p evil\n")
            said.add("planted")
        except OSError as exc:
            said.add(type(exc).__name__)
    return "only " + " ".join(sorted(said))


survey = digest
