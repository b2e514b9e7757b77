"""The student's module: loading it, and where in it something happens."""

from __future__ import annotations

import linecache
import sys
import types
from collections.abc import Mapping
from itertools import islice

from grader.boundary.handles import kind_of


class Submission:
    """The student's module: its namespace, and where in it the code is."""

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

    def current_frame(self) -> types.FrameType | None:
        """The innermost frame of the submission in the calling thread, None where it is not running."""
        frame: types.FrameType | None = sys._getframe()
        while frame is not None and frame.f_code.co_filename != self.filename:
            frame = frame.f_back
        return frame

    def current_line(self) -> int:
        """The line of the submission that is running now, in the calling thread."""
        frame = self.current_frame()
        return frame.f_lineno if frame is not None else 0

    def current_call(self) -> str:
        """The call that the submission is making now, as its source has it: ``time.sleep(2)``."""
        frame = self.current_frame()
        if frame is None:
            return ""
        place = next(islice(frame.f_code.co_positions(), frame.f_lasti // 2, None), (None,) * 4)
        line, last, start, stop = place
        if line is None or last is None or start is None or stop is None:
            return ""
        # Columns count bytes of UTF-8.
        lines = [linecache.getline(self.filename, number).encode() for number in range(line, last + 1)]
        lines[-1] = lines[-1][:stop]
        lines[0] = lines[0][start:]
        return " ".join(b" ".join(lines).decode(errors="replace").split())
