"""What a suite compares with ``==`` tells booleans from numbers: `True` is not `1`.

In Python these are equal. In each ``assert`` of a suite, ``left == right`` becomes ``left == exactly(right)``
when the file is compiled, before pytest rewrites it. A boolean where a number is due, or a number where a boolean
is, is refused at any depth of plain values. 2.0 and 2 stay equal: times are floats, and a student who returns one
for the other is not wrong.
"""

from __future__ import annotations

import ast
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import CodeType, ModuleType

import pytest
from _pytest.assertion.rewrite import rewrite_asserts

from grader.judge.suite import exercise_of

_NAME = "@exactly"
#: What is due is compared by `Exactly` where it is one of these. Texts and bytes have no confusions, but pytest, which
#: sees the comparison, would compute the differences of two megabytes of them, which takes hours.
_PLAIN = (bool, int, float, str, bytes, bytearray, list, tuple, dict, set, frozenset)


class Exactly:
    """Stands for an expected value. `confusion` is what was got and what was due, where only the types differ."""

    def __init__(self, value: object) -> None:
        self.value = value
        self.confusion: tuple[object, object] | None = None

    def __eq__(self, other: object) -> bool:
        if not other == self.value:
            return False
        self.confusion = next(confusions(other, self.value), None)
        return self.confusion is None

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(self.value)


def exactly(value: object) -> object:
    """What to compare with, for a value that is due: plain values with their types, others as they are."""
    return Exactly(value) if type(value) in _PLAIN else value


def confusions(got: object, due: object) -> Iterator[tuple[object, object]]:
    """The pairs inside two equal values of which one is a boolean and the other a number."""
    if isinstance(got, bool) is not isinstance(due, bool):
        yield got, due
    elif isinstance(got, (list, tuple)) and isinstance(due, (list, tuple)):
        for each, wanted in zip(got, due, strict=True):
            yield from confusions(each, wanted)
    elif isinstance(got, dict) and isinstance(due, dict):
        twins = {key: key for key in due}
        for key, value in got.items():
            yield from confusions(key, twins[key])
            yield from confusions(value, due[key])
    elif isinstance(got, (set, frozenset)) and isinstance(due, (set, frozenset)):
        twins = {item: item for item in due}
        for item in got:
            yield from confusions(item, twins[item])


class _Asserts(ast.NodeTransformer):
    """Rewrites the comparisons in the tests of ``assert`` statements."""

    def visit_Assert(self, node: ast.Assert) -> ast.Assert:
        node.test = _Equalities().visit(node.test)
        return node


class _Equalities(ast.NodeTransformer):
    def visit_Compare(self, node: ast.Compare) -> ast.Compare:
        self.generic_visit(node)
        if len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq):
            (right,) = node.comparators
            node.comparators = [ast.copy_location(ast.Call(ast.Name(_NAME, ast.Load()), [right], []), right)]
        return node


class Loader(importlib.machinery.SourceFileLoader):
    """Compiles a file of a suite: its comparisons made exact, its assertions rewritten by pytest."""

    config: pytest.Config

    def get_code(self, fullname: str) -> CodeType:
        # Never from a cache, which could hold what another version of pytest or of this module has made.
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)

    def source_to_code(self, data: bytes, path: str) -> CodeType:  # type: ignore[override]
        tree = ast.fix_missing_locations(_Asserts().visit(ast.parse(data, path)))
        rewrite_asserts(tree, data, path, self.config)
        return compile(tree, path, "exec", dont_inherit=True)

    def exec_module(self, module: ModuleType) -> None:
        vars(module)[_NAME] = exactly
        super().exec_module(module)


class SuiteFinder(importlib.abc.MetaPathFinder):
    """Finds the files of suites before pytest's own finder does, once it is in `sys.meta_path`."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        for folder in path or ():
            file = Path(folder) / f"{fullname.rpartition('.')[2]}.py"
            if file.name.startswith("test_") and file.is_file() and exercise_of(file) is not None:
                loader = Loader(fullname, str(file))
                loader.config = self._config
                return importlib.util.spec_from_file_location(fullname, file, loader=loader)
        return None


def install(config: pytest.Config) -> Callable[[], None]:
    """Compare exactly in the suites that `config` collects; the result undoes that."""
    finder = SuiteFinder(config)
    sys.meta_path.insert(0, finder)
    return lambda: sys.meta_path.remove(finder)
