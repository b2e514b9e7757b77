"""Loading the student's module, and what it leaves in tracebacks and warnings."""

from __future__ import annotations

import asyncio
import linecache
import sys
import types
import warnings
from collections.abc import Callable, Mapping

from grader.boundary.handles import kind_of

Tell = Callable[[str, str, int], None]


class Submission:
    """The student's module: its namespace, and where in it an exception comes from."""

    def __init__(self, name: str, source: bytes) -> None:
        self.filename = f"{name}.py"
        self.module = types.ModuleType(name)
        self.module.__file__ = self.filename
        self._source = source

    def load(self) -> None:
        """Run the module.

        Raises:
            Exception: whatever the student's code raises, SyntaxError included.
        """
        text = self._source.decode("utf-8-sig")
        linecache.cache[self.filename] = (len(text), None, text.splitlines(keepends=True), self.filename)
        sys.modules[self.module.__name__] = self.module
        code = compile(text, self.filename, "exec", dont_inherit=True)
        exec(code, self.module.__dict__)

    def members(self) -> Mapping[str, str]:
        """The kind of each public name that the submission defines or imports."""
        return {name: kind_of(value) for name, value in vars(self.module).items() if not name.startswith("_")}

    def line_of(self, exc: BaseException) -> int:
        """The deepest line of the submission in the traceback of `exc`, 0 where there is none."""
        if isinstance(exc, SyntaxError) and exc.filename == self.filename:
            return exc.lineno or 0
        line = 0
        traceback = exc.__traceback__
        while traceback is not None:
            if traceback.tb_frame.f_code.co_filename == self.filename:
                line = traceback.tb_lineno
            traceback = traceback.tb_next
        return line

    def current_line(self) -> int:
        """The line of the submission that is running now, in the calling thread."""
        frame = sys._getframe()
        while frame is not None and frame.f_code.co_filename != self.filename:
            frame = frame.f_back  # type: ignore[assignment]
        return frame.f_lineno if frame is not None else 0


def watch(loop: asyncio.AbstractEventLoop, submission: Submission, tell: Tell) -> None:
    """Have what asyncio and Python complain about told as notes: (kind, text, line)."""
    sys.set_coroutine_origin_tracking_depth(8)

    def warned(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: object = None,
        line: object = None,
    ) -> None:
        text = str(message)
        if "was never awaited" in text:
            tell("never awaited", text.splitlines()[0], _origin(text, submission.filename) or lineno)
        elif issubclass(category, ResourceWarning):
            tell("unclosed", text, lineno if filename == submission.filename else 0)

    def unhandled(loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        exc = context.get("exception")
        text = str(context.get("message", ""))
        if isinstance(exc, BaseException):
            kind = "never retrieved" if "never retrieved" in text else "unhandled"
            tell(kind, f"{text}: {type(exc).__name__}: {exc}", submission.line_of(exc))
        elif text.startswith("Unclosed"):
            tell("unclosed", text, 0)
        else:
            tell("unhandled", text, 0)

    warnings.simplefilter("always")
    warnings.showwarning = warned
    loop.set_exception_handler(unhandled)


def _origin(text: str, filename: str) -> int:
    """The line in which a coroutine was made, from the text that Python adds to its warning."""
    lines = [line for line in text.splitlines() if f'File "{filename}", line ' in line]
    return int(lines[-1].split(", line ")[1].split(",")[0]) if lines else 0
