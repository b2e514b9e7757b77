"""Suites that come with their job and lie on no disk: compiled from memory, and collected as pytest's own modules."""

from __future__ import annotations

import importlib.util
import linecache
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import pytest

from grader.judge.exactness import Loader


class _Loader(Loader):
    """Compiles what was carried here, as `Loader` compiles what lies on a disk."""

    contents: bytes

    def get_data(self, path: str | bytes) -> bytes:
        return self.contents


class CarriedModule(pytest.Module):
    """A test file whose path is only its name."""

    contents: bytes

    def _getobj(self) -> ModuleType:
        name = f"carried.{self.path.parent.name}.{self.path.stem}"
        loader = _Loader(name, str(self.path))
        loader.contents, loader.config = self.contents, self.config
        # A failed assertion is told with its source, which tracebacks look for on the disk or here.
        text = self.contents.decode("utf-8")
        linecache.cache[str(self.path)] = (len(text), None, text.splitlines(keepends=True), str(self.path))
        spec = importlib.util.spec_from_file_location(name, self.path, loader=loader)
        assert spec is not None
        module = sys.modules[name] = importlib.util.module_from_spec(spec)
        loader.exec_module(module)
        return module


def collect(session: pytest.Session, files: Mapping[str, bytes]) -> list[pytest.Item]:
    """The tests in `files`, whose keys are the paths at which they would lie."""
    items: list[pytest.Item] = []
    for place, contents in sorted(files.items()):
        module: CarriedModule = CarriedModule.from_parent(session, path=Path(place))
        module.contents = contents
        items += session.genitems(module)
    session.config.hook.pytest_collection_modifyitems(session=session, config=session.config, items=items)
    return items
