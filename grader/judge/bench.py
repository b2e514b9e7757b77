"""A bench: one worker process, and the jobs that it is given one after another."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType

import msgspec

from grader.boundary.forks import LEVELS
from grader.judge.job import BenchError, Job
from grader.judge.launch import ALONE
from grader.judge.worker import HEADER, Reply
from grader.rubric import Outcome


def _environment() -> dict[str, str]:
    """The user's environment without what changes Python, and with strings that hash alike in every run."""
    # pytest explains failed assertions without any limit where it takes its place for a CI service's.
    dropped = ("CI", "BUILD_NUMBER")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON") and name not in dropped}
    return {**kept, "PYTHONHASHSEED": "0", "PYTHONUTF8": "1"}


class Bench:
    """Judges jobs in a worker process of its own, which starts with the first job.

    `root` is the course's root folder, `walls` the highest level of walls to put around submissions, and
    `lowest` the level below which none is judged. With `debug` there are neither walls nor limits, and
    submissions read the terminal of this process.
    """

    def __init__(self, root: Path, *, walls: str = LEVELS[-1], lowest: str = LEVELS[0], debug: bool = False) -> None:
        self._debug = debug
        self._root = root
        self._walls = walls
        self._lowest = lowest
        self._interrupted = False
        self._process: subprocess.Popen[bytes] | None = None
        self._decoder: msgspec.msgpack.Decoder[Reply] = msgspec.msgpack.Decoder(Reply)

    def __enter__(self) -> Bench:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    def judge(self, job: Job) -> tuple[Outcome, ...]:
        """The outcome of each test of the job's suite.

        Raises:
            BenchError: the worker has failed; it is replaced for the next job.
        """
        try:
            process = self._process = self._process or self._start()
        except OSError as exc:
            raise BenchError(f"A worker cannot be started in {self._root}: {exc.strerror or exc}.") from exc
        if self._interrupted:
            process.kill()
        try:
            outcomes, problem = self._exchange(process, job)
        except (OSError, EOFError, msgspec.MsgspecError) as exc:
            self.close()
            raise BenchError("The worker that judged this submission has died.") from exc
        if problem:
            raise BenchError(problem)
        return outcomes

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [
                *(sys.executable, *ALONE, "-m", "grader.judge.worker"),
                *(str(self._root), self._walls, self._lowest, *(["debug"] if self._debug else [])),
            ],
            env=_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=self._root,
            # Ctrl-C is for the caller, who then ends the worker; the terminal is for those who debug.
            start_new_session=not self._debug,
            creationflags=0 if self._debug else getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )

    def _exchange(self, process: subprocess.Popen[bytes], job: Job) -> Reply:
        assert process.stdin is not None
        assert process.stdout is not None
        body = msgspec.msgpack.encode(job)
        process.stdin.write(HEADER.pack(len(body)) + body)
        process.stdin.flush()
        header = process.stdout.read(HEADER.size)
        if len(header) < HEADER.size:
            raise EOFError
        return self._decoder.decode(process.stdout.read(HEADER.unpack(header)[0]))

    def interrupt(self) -> None:
        """Kill the worker: the job in hand ends in a `BenchError`. May be called from any thread."""
        self._interrupted = True
        process = self._process
        if process is not None:
            process.kill()

    def close(self) -> None:
        """End the worker."""
        if self._process is not None:
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    # A job that a dead worker has not read is lost with the pipe.
                    with contextlib.suppress(OSError):
                        pipe.close()
            try:
                self._process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
