"""Timers that one side sets while the other side has the turn."""

from __future__ import annotations

from tests.judge.conftest import JudgeSource

SUITE = '''
@pytest.mark.correctness
async def test_timer_set_by_a_callback_of_the_test(student):
    """A timer that the test's function sets while the submission calls it is noticed."""
    def start(on_success):
        asyncio.get_running_loop().call_later(2, on_success, "x")
        return lambda: None
    assert await student.call_async(start) == "x"
    assert asyncio.get_running_loop().time() == 2.0


@pytest.mark.correctness
async def test_timer_set_by_a_callback_is_not_late(student):
    """It fires before a later one of the test's."""
    late = asyncio.create_task(asyncio.sleep(50))
    await asyncio.sleep(0)
    def start(on_success):
        asyncio.get_running_loop().call_later(2, on_success, "x")
        return lambda: None
    assert await student.call_async(start) == "x"
    assert asyncio.get_running_loop().time() == 2.0


@pytest.mark.correctness
async def test_timer_of_a_plain_function_of_the_submission(student):
    """A timer that a plain function of the submission sets is noticed."""
    heard = []
    student.later(2, heard.append)
    await asyncio.sleep(5)
    assert heard == [2.0]


@pytest.mark.correctness
async def test_timer_of_a_plain_function_alone(student):
    """The same where the test waits for nothing but the callback."""
    heard = asyncio.get_running_loop().create_future()
    student.later(2, heard.set_result)
    assert await heard == 2.0
'''

SOURCE = """
import asyncio

async def call_async(start):
    answer = asyncio.get_running_loop().create_future()
    start(answer.set_result)
    return await answer

def later(seconds, tell):
    loop = asyncio.get_running_loop()
    loop.call_later(seconds, lambda: tell(loop.time()))
"""


def test_timers_set_across_the_boundary_fire_on_time(judge: JudgeSource) -> None:
    """A timer set during a synchronous call from the other side is neither lost nor late."""
    outcomes = judge(SUITE, SOURCE)

    assert [(outcome.name, outcome.cause) for outcome in outcomes if outcome.ending != "passed"] == []
