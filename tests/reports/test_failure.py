"""What a student reads of a failed test: the sentence, the facts, the notes, what was printed, the picture."""

from grader.records.results import Fact
from grader.records.trace import Span, Trace
from grader.reports.failure import failure_text
from grader.rubric import Outcome

FAILED = Outcome(
    "test_together",
    "concurrency",
    2,
    "rejected",
    "Posters are downloaded together.",
    cause="The downloads took too long.",
    facts=(Fact("expected", "1.0"), Fact("got", "2.0")),
    notes=("The event loop was blocked for 1 s by `time.sleep(1)`: nothing else could run meanwhile. (line 5)",),
    printed=("      0 s │ begin", "      1 s │ \x1b[2Jgot", "::error::raw"),
    line=5,
    trace=Trace((Span("call", "download_all(…)", 0, 2),), (), 2),
)

SHOWN = """\
Posters are downloaded together.
  The downloads took too long.
  expected  1.0
  got       2.0
  line      5
  note      The event loop was blocked for 1 s by
            `time.sleep(1)`: nothing else could
            run meanwhile. (line 5)

        0 s │ begin
        1 s │ \\x1b[2Jgot
  \\x3a:error::raw

                 0s      0.5s    1s      1.5s   2s
download_all(…)  ████████████████████████████████
"""


def test_everything_stands_in_its_place():
    """Notes keep within their column; what was printed is cleaned and never begins a line."""
    shown = [line.rstrip() for line in failure_text(FAILED, width=50).splitlines()]

    assert shown == SHOWN.splitlines()
