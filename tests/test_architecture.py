"""Imports inside the kit run one way, and what its rules forbid is not in it."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "grader"
MODULES = sorted(PACKAGE.rglob("*.py"))

#: What each part may import besides itself. A part that is not named may import whatever is below it.
MAY_IMPORT = {
    "simulation": set(),
    "boundary": {"simulation"},
    "sandbox": {"boundary", "simulation"},
    "records": set(),
    "rubric": {"records"},
    "judge": {"boundary", "simulation", "records", "rubric"},
    "law": {"records", "rubric"},
    "atomic": set(),
    "problems": set(),
    "catalog": {"messages", "problems", "records", "rubric"},
    "messages": set(),
    "desk": {"atomic", "catalog", "classroom", "judge", "messages", "problems", "records", "rubric"},
    "reports": {"catalog", "classroom", "desk", "judge", "law", "messages", "problems", "records", "rubric"},
    "release": {"catalog", "problems", "reports"},
    "notebooks": {"boundary", "catalog", "classroom", "judge", "messages", "problems", "records", "reports", "rubric"},
    "classroom": {"atomic", "boundary", "catalog", "judge", "law", "problems", "records", "reports", "rubric"},
    "fixtures": {"judge", "simulation"},
    "similarity": {"catalog", "classroom", "exports", "problems", "records", "reports", "rubric"},
    "exports": {"atomic", "classroom", "problems", "records", "reports", "rubric"},
    "plugin": {"boundary", "judge", "records", "reports", "rubric", "simulation"},
}


def name_of(path):
    """The dotted name of a module, without `grader.`."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {name_of(path) for path in MODULES}


def imports_of(path):
    """The modules of the kit that a module imports, anywhere in it, without `grader.`."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports relatively"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    ours = {name.removeprefix("grader.") for name in found if name.startswith("grader.")}
    return {name if name in NAMES else name.rpartition(".")[0] for name in ours} - {""}


IMPORTS = {name_of(path): imports_of(path) for path in MODULES}


def part_of(name):
    return name.partition(".")[0]


@pytest.mark.parametrize("part", list(MAY_IMPORT))
def test_imports_run_one_way(part):
    """A part of the kit imports nothing but what lies below it, functions' own imports included."""
    allowed = MAY_IMPORT[part] | {part}
    wrong = {
        f"{name} imports {each}"
        for name, imports in IMPORTS.items()
        if part_of(name) == part
        for each in imports
        if part_of(each) not in allowed
    }

    assert not wrong


def test_nothing_below_imports_the_commands_or_the_plugin():
    """`cli` and `plugin` are at the top, and `fixtures`, which names types for others."""
    above = ("__main__", "cli", "fixtures", "plugin")
    below = [name for name in IMPORTS if part_of(name) not in above]
    wrong = {name for name in below if {*map(part_of, IMPORTS[name])} & {*above}}

    assert not wrong


def test_no_module_imports_itself_by_way_of_others():
    """There is no circle of imports between modules, except where types alone are imported."""

    def at_runtime(path):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
                node.body = [ast.Pass()]
        return tree

    graph = {}
    for path in MODULES:
        tree = at_runtime(path)
        found = {
            f"{node.module}.{alias.name}"
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("grader")
            for alias in node.names
        }
        ours = {name.removeprefix("grader.") for name in found}
        graph[name_of(path)] = {name if name in NAMES else name.rpartition(".")[0] for name in ours} - {""}

    def circle(name, trail):
        if name in trail:
            return [*trail[trail.index(name) :], name]
        for each in sorted(graph.get(name, ())):
            if each not in done and (found := circle(each, [*trail, name])):
                return found
        done.add(name)
        return None

    done = set()
    circles = [found for name in sorted(graph) if name and (found := circle(name, []))]

    assert not circles


def test_nothing_prints():
    """No module of the kit calls `print`: the commands speak through rich or click."""
    wrong = {
        f"{name_of(path)}:{node.lineno}"
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    }

    assert not wrong


def test_no_module_is_a_drawer_for_odds_and_ends():
    """No module is called utils, helpers, common or misc."""
    wrong = {name for name in NAMES if name.rpartition(".")[2].rstrip("s") in ("util", "helper", "common", "misc")}

    assert not wrong
