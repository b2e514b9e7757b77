"""What of a suite may be held by the sandbox."""

from __future__ import annotations

import inspect
import sys
import types

from grader.boundary.handles import Blocking

_FUNCTIONS = (
    types.FunctionType,
    types.MethodType,
    types.BuiltinMethodType,
    types.BuiltinFunctionType,
    Blocking,
)
_PROTOCOLS = (types.CoroutineType, types.AsyncGeneratorType, types.GeneratorType)


def is_exportable(value: object) -> bool:
    """Functions, coroutines, generators, and instances of classes that are not Python's own.

    Anything else (modules, frames, classes, files) could lead to what the suite knows.
    """
    if isinstance(value, (*_FUNCTIONS, *_PROTOCOLS)):
        return True
    if inspect.isclass(value) or inspect.ismodule(value):
        return False
    return type(value).__module__.partition(".")[0] not in sys.stdlib_module_names | {
        "builtins",
        "pytest",
        "grader",
    }
