"""What the judge says of a child that is stuck."""

from __future__ import annotations

import pytest

from grader.judge.custody import loop_around

SOURCE = """\
import asyncio

async def wait(items):
    count = 0
    for item in items:
        while count >= 0:
            pass

        count += 1
    return count

while True:
    x = 1
""".splitlines()


@pytest.mark.parametrize(
    ("line", "named"),
    [(6, 5), (7, 5), (9, 5), (5, 5), (10, 10), (4, 4), (13, 12), (12, 12), (1, 1), (99, 99)],
)
def test_a_line_in_a_loop_stands_for_the_loop(line: int, named: int) -> None:
    """Whichever line of an endless loop the stack shows, the report names the loop's first line."""
    assert loop_around(SOURCE, line) == named
