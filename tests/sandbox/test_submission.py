"""A submission is loaded from memory; its lines are found in tracebacks and in the code that runs."""

import sys

import pytest

from grader.boundary.handles import CLASS, COROUTINE, FUNCTION, PLAIN
from grader.sandbox.submission import Submission


@pytest.fixture
def load():
    """Load a source under the name `probe_submission`."""
    made = []

    def load_source(source):
        made.append(Submission("probe_submission", source.encode()))
        made[-1].load()
        return made[-1]

    yield load_source
    sys.modules.pop("probe_submission", None)


def raised(function, *args):
    try:
        function(*args)
    except Exception as exc:
        return exc
    raise AssertionError("nothing was raised")


def test_the_deepest_line_of_the_submission_is_found(load):
    """The line is the student's own, however deep the standard library raises below it."""
    submission = load("import json\n\ndef inner():\n    return json.loads('{')\n\ndef outer():\n    return inner()\n")
    exc = raised(submission.module.outer)

    assert submission.line_of(exc) == 4
    assert submission.line_of(ValueError()) == 0


def test_the_line_of_a_callback_s_exception_is_where_it_was_called(load):
    """What a function of the test raises is charged to the line that called it."""
    submission = load("def call(function):\n    x = 1\n    return function(x)\n")

    def fail(x):
        raise KeyError(x)

    assert submission.line_of(raised(submission.module.call, fail)) == 3


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("x = 1\ndef f(:\n    pass\n", 2),
        ("x = 1\n\n1 / 0\n", 3),
        ("import nowhere\n", 1),
        ("def f():\n  pass\n   x\n", 3),
        ("\n\nx = '\0'\n", 0),
    ],
)
def test_the_line_at_which_loading_fails_is_found(source, line):
    """Syntax errors and errors at import point at their line, 0 where Python names none."""
    submission = Submission("probe_submission", source.encode())
    exc = raised(submission.load)
    sys.modules.pop("probe_submission", None)

    assert submission.line_of(exc) == line


def test_the_running_line_is_known(load):
    """Code that is called by the submission can ask for its line."""
    submission = load("def call(function):\n\n    return function()\n")

    assert submission.module.call(submission.current_line) == 3
    assert submission.current_line() == 0


def test_members_are_told_with_their_kinds(load):
    """Public names are listed as what calling them does; private ones are not told."""
    submission = load(
        "import functools\nLIMIT = 3\nclass Pool: pass\ndef parse(): pass\nasync def fetch(): pass\n"
        "later = functools.partial(fetch)\n_private = 1\n"
    )
    members = submission.members()

    assert {name: members[name] for name in members if name != "functools"} == {
        "LIMIT": PLAIN,
        "Pool": CLASS,
        "parse": FUNCTION,
        "fetch": COROUTINE,
        "later": COROUTINE,
    }


def test_the_source_shows_in_tracebacks(load):
    """Python's own traceback of a submission quotes its lines, although there is no file."""
    import traceback

    exc = raised(load("def f():\n    return 1 / 0  # here\n").module.f)

    assert "return 1 / 0  # here" in "".join(traceback.format_exception(exc))


@pytest.mark.parametrize(
    ("line", "call"),
    [
        ("x = function(1) + 2", "function(1)"),
        ("x = [function(n) for n in (1,)]", "function(n)"),
        ("x = function(  # why\n        'ü',\n    )", "function( # why 'ü', )"),
        ("é = 'ü'; x = function(é)", "function(é)"),
    ],
)
def test_the_running_call_is_shown_as_its_source_has_it(load, line, call):
    """Of all that stands in a line, the call alone is told; columns count bytes, and a call may have several lines."""
    submission = load(f"def outer(function):\n    {line}\n")
    seen = []

    def function(x):
        seen.append(submission.current_call())
        return x

    submission.module.outer(function)

    assert seen == [call]
    assert submission.current_call() == ""
