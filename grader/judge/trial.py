"""One trial: a submission in a fresh child, and the world that a single test puts around it."""

from __future__ import annotations

from dataclasses import dataclass

from grader.judge.companion import Companion
from grader.judge.custody import grader_fault
from grader.judge.diagnosis import sentences
from grader.judge.endings import CouldNotLoad
from grader.judge.http import Http
from grader.judge.launch import Launcher
from grader.judge.student import Sandbox, Student
from grader.judge.world import JudgeMachine


@dataclass(frozen=True)
class Brought:
    """What is on trial: the source, under the name it is imported by, and where its children come from.

    `exercise` is the name by which a student calls the exercise. With `debug` the child has the terminal.
    """

    module: str
    source: bytes
    cpu_seconds: float
    launcher: Launcher
    exercise: str = "EXERCISE"
    debug: bool = False


class Trial:
    """The world of one test; it may be made before the test's event loop."""

    def __init__(self, machine: JudgeMachine, brought: Brought, seed: int) -> None:
        machine.seed = seed
        self.machine = machine
        self.seed = seed
        self.http = Http(machine)
        self._brought = brought
        self._companion: Companion | None = None
        self._student: Student | None = None

    async def student(self) -> Student:
        """The submission, loaded in a fresh child.

        Raises:
            SubmissionFault: it cannot be loaded.
        """
        if self._student is None:
            brought = self._brought
            if not brought.source.strip():
                raise CouldNotLoad(f"The file {brought.module}.py is empty.")
            _refuse_other_encodings(brought)
            try:
                custody = brought.launcher.start(cpu_seconds=brought.cpu_seconds)
            except OSError as exc:
                raise grader_fault(f"cannot start a process: {exc.strerror or exc}") from exc
            self._companion = self.machine.companion = Companion(
                self.machine, self.machine.loop, custody, exercise=brought.exercise
            )
            self._companion.load(brought.module, brought.source, debug=brought.debug)
            members = await self._companion.loaded
            self._student = Student(self._companion, members, f"{brought.module}.py")
        return self._student

    def sandbox(self) -> Sandbox:
        """The submission's process, once there is one."""
        assert self._companion is not None
        return Sandbox(self._companion)

    def notes(self) -> list[str]:
        """What a student would want to know of a test that has failed, each once."""
        if self._companion is None:
            return []
        if self.machine.companion is not None:
            self._companion.examine()
        return sentences(self._companion.notes)

    def printed(self) -> str:
        """What the submission has printed and logged, once its child has been ended."""
        return "" if self._companion is None else self._companion.custody.printed()

    def end(self) -> None:
        """Kill the child."""
        if self._companion is not None:
            self._companion.end()


def _refuse_other_encodings(brought: Brought) -> None:
    """Editors and shells of Windows may write UTF-16 or the country's code page."""
    try:
        brought.source.decode("utf-8")
    except UnicodeDecodeError as exc:
        line = brought.source.count(b"\n", 0, exc.start) + 1
        raise CouldNotLoad(
            f"{brought.module}.py is not UTF-8 text (line {line}): save it with the encoding UTF-8.", line=line
        ) from None
