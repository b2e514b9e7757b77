"""The usual mistakes are named when they are seen, each in one sentence with its line; what only looks alike is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from grader.boundary.messages import Inspection, Note, Waiting
from grader.judge.diagnosis import one_after_another, sentences, waiting_facts
from grader.records.trace import Span, Trace
from grader.rubric import Outcome
from tests.judge.conftest import JudgeSource

#: A test that fails whatever the submission returns, so that everything that was seen is told.
SUITE = '''
@pytest.mark.{dimension}
async def test_answer(student, http):
    """The answer is 42."""
    for name in ("a", "b", "c"):
        http.get(f"https://shop.test/{{name}}", body=name, latency=1, repeat=True)
    http.get("https://shop.test/long", body="x" * 1_000_000, latency=1, repeat=True)

    async def slow(name):
        await asyncio.sleep(1)

    assert await student.answer(slow) == 42
'''
HEAD = "import asyncio, time\nimport aiohttp\n\n"
SESSION = "async def answer(slow):\n    async with aiohttp.ClientSession() as session:\n"

#: By what is seen: the submission from line 4 on, and every note on it.
SEEN = {
    "a coroutine never awaited": (
        """
async def audit():
    pass

async def answer(slow):
    audit()
    return 1
""",
        ["The coroutine 'audit' was never awaited: nothing of it has run. (line 8)"],
    ),
    "a coroutine kept by a circle and never awaited": (
        """
class Job:
    async def run(self):
        self.done = True

async def answer(slow):
    job = Job()
    job.coroutine = job.run()
    return 1
""",
        ["The coroutine 'Job.run' was never awaited: nothing of it has run. (line 10)"],
    ),
    "the event loop blocked": (
        """
async def answer(slow):
    await asyncio.gather(*map(fetch, "abc"))

async def fetch(name):
    time.sleep(
        0.5,
    )
""",
        [
            "The event loop was blocked 3 times, for 1.5 s in all, by `time.sleep( 0.5, )`: "
            "nothing else could run meanwhile. (line 8)"
        ],
    ),
    "the event loop blocked by a thread": (
        """
import threading

async def answer(slow):
    thread = threading.Thread(target=time.sleep, args=(2,))
    thread.start()
    thread.join()
""",
        ["The event loop was blocked for 2 s by `thread.join()`: nothing else could run meanwhile. (line 9)"],
    ),
    "a task lost": (
        """
async def wait():
    await asyncio.Event().wait()

async def answer(slow):
    asyncio.create_task(wait())
    await asyncio.sleep(1)
""",
        ["A task of 'wait' was lost before it had ended: nothing kept a reference to it. (line 8)"],
    ),
    "a task that nobody awaits": (
        """
tasks = set()

async def tick():
    while True:
        await asyncio.sleep(1)

async def answer(slow):
    task = asyncio.create_task(tick())
    tasks.add(task)
    task.add_done_callback(tasks.discard)
""",
        ["A task of 'tick' was still pending at the end, and nothing awaits it. (line 11)"],
    ),
    "an exception never retrieved": (
        """
tasks = []

async def fail():
    await asyncio.sleep(0)
    raise ValueError("no poster")

async def answer(slow):
    tasks.append(asyncio.create_task(fail()))
    await asyncio.sleep(1)
""",
        ["A task of 'fail' raised ValueError: no poster, and nobody has retrieved the exception. (line 8)"],
    ),
    "an exception of a task that has vanished": (
        """
async def fail():
    raise ValueError("no poster")

async def answer(slow):
    asyncio.create_task(fail())
    await asyncio.sleep(1)
""",
        ["A task of 'fail' raised ValueError: no poster, and nobody has retrieved the exception. (line 5)"],
    ),
    "an exception of a connection's handler": (
        """
async def handle(reader, writer):
    writer.close()
    raise ValueError("no poster")

async def answer(slow):
    async with await asyncio.start_server(handle, "shop.local", 80):
        reader, writer = await asyncio.open_connection("shop.local", 80)
        await reader.read()
        writer.close()
""",
        ["A task of 'handle' raised ValueError: no poster, and nobody has retrieved the exception. (line 6)"],
    ),
    "an exception in a callback": (
        """
def fail():
    raise ValueError("no poster")

async def answer(slow):
    asyncio.get_running_loop().call_later(1, fail)
    await asyncio.sleep(2)
""",
        ["A callback of the event loop raised ValueError: no poster. (line 5)"],
    ),
    "an exception in a thread": (
        """
import threading

def fail():
    raise ValueError("no poster")

async def answer(slow):
    threading.Thread(target=fail).start()
    await asyncio.sleep(1)
""",
        ["A thread of 'fail' raised ValueError: no poster. (line 7)"],
    ),
    "a cancellation swallowed": (
        """
async def work():
    try:
        await asyncio.sleep(9)
    except BaseException:
        pass

async def answer(slow):
    task = asyncio.create_task(work())
    await asyncio.sleep(1)
    task.cancel()
    await task
""",
        ["CancelledError was swallowed: a task of 'work' was cancelled here, and returned all the same. (line 6)"],
    ),
    "a cancellation that a task outlives": (
        """
async def work():
    while True:
        try:
            await asyncio.sleep(5)
        except asyncio.CancelledError:
            continue

async def answer(slow):
    task = asyncio.create_task(work())
    await asyncio.sleep(1)
    task.cancel()
    await asyncio.wait([task], timeout=2)
""",
        ["A task of 'work' was cancelled here at 1 s, and had not ended at 3 s. (line 7)"],
    ),
    "a session never closed": (
        """
async def answer(slow):
    session = aiohttp.ClientSession()
    async with session.get("https://shop.test/a") as response:
        return await response.text()
""",
        ["A session was never closed: use `async with`, or `await session.close()`. (line 5)"],
    ),
    "a response never released": (
        """
async def answer(slow):
    async with aiohttp.ClientSession() as session:
        response = await session.get("https://shop.test/long")
        return response.status
""",
        ["A response was never released, so that its connection could not be used again: use `async with`. (line 6)"],
    ),
    "a connection never closed": (
        """
async def answer(slow):
    reader, writer = await asyncio.open_connection("shop.test", 80)
""",
        ["A connection was never closed: call `close()` of its writer. (line 5)"],
    ),
}

#: By what only looks like a mistake: the submission from line 4 on. There is no note on any of them.
NOT_SEEN = {
    "a coroutine that a task has run": """
async def audit():
    pass

async def answer(slow):
    await asyncio.create_task(audit())
""",
    "a coroutine that is closed": """
async def audit():
    pass

async def answer(slow):
    audit().close()
""",
    "a thread that sleeps": """
async def answer(slow):
    await asyncio.to_thread(time.sleep, 2)
""",
    "a task that is kept and awaited": """
async def wait(event):
    await event.wait()

async def answer(slow):
    event = asyncio.Event()
    task = asyncio.create_task(wait(event))
    await asyncio.sleep(1)
    event.set()
    await task
""",
    "an exception that is retrieved later": """
async def fail():
    raise ValueError("no poster")

async def answer(slow):
    task = asyncio.create_task(fail())
    await asyncio.wait([task])
    return str(task.exception())
""",
    "exceptions that a gather returns": """
async def fail():
    raise ValueError("no poster")

async def answer(slow):
    return len(await asyncio.gather(fail(), fail(), return_exceptions=True))
""",
    "a cancellation after which a task cleans up": """
async def work():
    try:
        await asyncio.sleep(9)
    except asyncio.CancelledError:
        await asyncio.sleep(1)
        raise

async def answer(slow):
    task = asyncio.create_task(work())
    await asyncio.sleep(1)
    task.cancel()
    await asyncio.wait([task])
""",
    "a timeout": """
async def answer(slow):
    try:
        async with asyncio.timeout(1):
            await asyncio.sleep(9)
    except TimeoutError:
        return 1
""",
    "a cancelled wait for a task that is shielded": """
async def commit():
    await asyncio.sleep(3)

async def durable():
    task = asyncio.create_task(commit())
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise

async def answer(slow):
    task = asyncio.create_task(durable())
    await asyncio.sleep(1)
    task.cancel()
    await asyncio.wait([task])
""",
    "a session closed by hand": """
async def answer(slow):
    session = aiohttp.ClientSession()
    try:
        async with session.get("https://shop.test/a") as response:
            return await response.text()
    finally:
        await session.close()
""",
    "a response that is read to its end": """
async def answer(slow):
    async with aiohttp.ClientSession() as session:
        return await (await session.get("https://shop.test/long")).text()
""",
}


def notes_on(judge: JudgeSource, source: str, dimension: str = "correctness") -> tuple[str, ...]:
    (outcome,) = judge(SUITE.format(dimension=dimension), HEAD + source.lstrip("\n"))
    assert outcome.ending == "rejected", outcome
    return outcome.notes


@pytest.mark.parametrize("case", list(SEEN))
def test_a_mistake_is_named(judge: JudgeSource, case: str) -> None:
    """What has happened is said in one sentence, with the line, and nothing else is said."""
    source, expected = SEEN[case]

    assert list(notes_on(judge, source)) == expected


@pytest.mark.parametrize("case", list(NOT_SEEN))
def test_what_only_looks_like_a_mistake_is_not_named(judge: JudgeSource, case: str) -> None:
    """Clean-up, timeouts, shields and threads are no mistakes."""
    assert notes_on(judge, NOT_SEEN[case]) == ()


def test_a_session_of_the_kit_is_not_the_submission_s_to_close(judge: JudgeSource) -> None:
    """A session that the test has handed in stays open, and nobody is accused of it."""
    suite = '''
@pytest.mark.correctness
async def test_answer(student, sandbox, http):
    """The answer is 42."""
    http.get("https://shop.test/a", body="a")
    assert await student.answer(await sandbox.session()) == 42
'''
    source = (
        "async def answer(session):\n    async with session.get('https://shop.test/a') as response:\n        return 1\n"
    )

    (outcome,) = judge(suite, source)

    assert (outcome.ending, outcome.notes) == ("rejected", ())


# -- one after another -------------------------------------------------------------------------------------

IN_TURN = """
async def answer(slow):
    async with aiohttp.ClientSession() as session:
        for name in NAMES:
            async with session.get(f"https://shop.test/{name}") as response:
                await response.read()
            PAUSE
"""


def in_turn(names: str, pause: str = "pass") -> str:
    return IN_TURN.replace("NAMES", repr(names)).replace("PAUSE", pause)


def test_requests_one_after_another_are_told(judge: JudgeSource) -> None:
    """In a rejected concurrency test, with how many they were and when each began."""
    assert notes_on(judge, in_turn("abc"), "concurrency") == (
        "The 3 requests of `answer` ran one after another: each began when the one before it had ended (at 1 s, 2 s).",
    )


def test_operations_of_the_test_one_after_another_are_told(judge: JudgeSource) -> None:
    """What the test passes in to be called counts like a request."""
    source = "async def answer(slow):\n    for name in 'ab':\n        await slow(name)\n"

    assert notes_on(judge, source, "concurrency") == (
        "The 2 operations of `answer` ran one after another: each began when the one before it had ended (at 1 s).",
    )


@pytest.mark.parametrize(
    ("source", "dimension"),
    [
        (in_turn("abc"), "correctness"),
        (in_turn("aaa"), "concurrency"),
        (in_turn("abc", "await asyncio.sleep(0.1)"), "concurrency"),
        ("async def answer(slow):\n    await asyncio.gather(slow('a'), slow('b'))\n", "concurrency"),
    ],
    ids=["another dimension", "tried again", "paced", "overlapping"],
)
def test_requests_that_are_not_a_chain_are_not_told(judge: JudgeSource, source: str, dimension: str) -> None:
    """Elsewhere than in a concurrency test, and where each did not begin exactly as another ended, nothing is said."""
    assert notes_on(judge, source, dimension) == ()


def request(label: str, start: float, end: float) -> Span:
    return Span("request", label, start, end)


def test_calls_that_overlap_cannot_be_told_apart() -> None:
    """Two calls at once may have sent the requests in turn."""
    requests = (request("GET /a", 0, 1), request("GET /b", 1, 2))
    alone = Trace((Span("call", "f()", 0, 2), *requests), (), 2)
    together = Trace((Span("call", "f()", 0, 2), Span("call", "g()", 0, 2), *requests), (), 2)

    assert len(one_after_another(alone)) == 1
    assert one_after_another(together) == []


def test_a_long_chain_is_told_with_its_first_moments() -> None:
    """More than a handful of times say no more."""
    spans = [request(f"GET /{n}", n, n + 1) for n in range(9)]
    (text,) = one_after_another(Trace((Span("call", "f()", 0, 9), *spans), (), 9))

    assert text.endswith("(at 1 s, 2 s, 3 s, 4 s, 5 s, …).")


# -- deadlock -----------------------------------------------------------------------------------------------

CIRCLE = """
first, second = asyncio.Lock(), asyncio.Lock()

async def answer(slow):
    await asyncio.gather(move(first, second), move(second, first))

async def move(one, other):
    async with one:
        await asyncio.sleep(1)
        async with other:
            pass
"""


def facts(outcome: Outcome, name: str) -> list[str]:
    return [fact.value for fact in outcome.facts if fact.name == name]


@pytest.fixture
def stuck(judge: JudgeSource) -> Callable[[str], Outcome]:
    """The outcome of a submission that ends in a deadlock."""

    def judged(source: str) -> Outcome:
        (outcome,) = judge(SUITE.format(dimension="correctness"), HEAD + source.lstrip("\n"))
        assert outcome.ending == "stuck", outcome
        return outcome

    return judged


def test_the_circle_of_a_deadlock_is_drawn(stuck: Callable[[str], Outcome]) -> None:
    """Each task is told with what it waits for, who has it, and since which line; then who waits for whom."""
    outcome = stuck(CIRCLE)

    assert facts(outcome, "waits") == [
        "answer, line 7, in an await for move (1) and move (2)",
        "move (1), line 12, in Lock.acquire for move (2), which took the lock in line 10",
        "move (2), line 12, in Lock.acquire for move (1), which took the lock in line 10",
    ]
    assert facts(outcome, "circle") == ["move (1) → move (2) → move (1)"]
    assert outcome.notes == ()


def test_a_lock_taken_twice_is_a_circle_of_one(stuck: Callable[[str], Outcome]) -> None:
    """A task that waits for itself is told so."""
    outcome = stuck(
        "async def answer(slow):\n    lock = asyncio.Lock()\n    await lock.acquire()\n"
        "    async with lock:\n        pass\n"
    )

    assert facts(outcome, "waits") == ["answer, line 7, in Lock.acquire for itself: it took the lock in line 6"]
    assert facts(outcome, "circle") == ["answer waits for itself"]


def test_a_lock_that_was_never_released_names_who_took_it(stuck: Callable[[str], Outcome]) -> None:
    """Its holder has ended, so there is no circle."""
    outcome = stuck(
        "async def take(lock):\n    await lock.acquire()\n\n"
        "async def answer(slow):\n    lock = asyncio.Lock()\n    await asyncio.create_task(take(lock))\n"
        "    async with lock:\n        pass\n"
    )

    assert facts(outcome, "waits") == [
        "answer, line 10, in Lock.acquire for take, which took the lock in line 5 and has ended"
    ]
    assert facts(outcome, "circle") == []


def test_a_deadlock_tells_of_the_worker_that_has_died(stuck: Callable[[str], Outcome]) -> None:
    """Nobody will ever say that the queue is done: the exception that ended its worker is told."""
    outcome = stuck(
        "async def work(queue):\n    raise KeyError(await queue.get())\n\n"
        "async def answer(slow):\n    queue = asyncio.Queue()\n    queue.put_nowait('poster')\n"
        "    worker = asyncio.create_task(work(queue))\n    await queue.join()\n"
    )

    assert facts(outcome, "waits") == ["answer, line 11, in Queue.join"]
    assert facts(outcome, "circle") == []
    assert outcome.notes == (
        "A task of 'work' raised KeyError: 'poster', and nobody has retrieved the exception. (line 5)",
    )


def test_responses_that_hold_the_pool_are_told(stuck: Callable[[str], Outcome]) -> None:
    """Where a request waits for a connection of the pool, whoever has them is named with the line."""
    outcome = stuck(
        "async def answer(slow):\n    connector = aiohttp.TCPConnector(limit=2)\n"
        "    timeout = aiohttp.ClientTimeout()\n"
        "    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:\n"
        "        responses = []\n"
        "        for _ in range(3):\n            responses.append(await session.get('https://shop.test/long'))\n"
    )

    assert facts(outcome, "waits") == ["answer, line 10, in BaseConnector.connect"]
    assert outcome.notes == (
        "A response held its connection to the end, while another request waited for one. (line 10)",
    )


def test_a_thread_that_waits_is_told(stuck: Callable[[str], Outcome]) -> None:
    """Threads stand beside the tasks, under their names."""
    outcome = stuck(
        "import threading\n\nasync def answer(slow):\n    lock = threading.Lock()\n    lock.acquire()\n"
        "    thread = threading.Thread(target=take, args=(lock,), name='taker')\n    thread.start()\n"
        "    await asyncio.Event().wait()\n\ndef take(lock):\n    lock.acquire()\n"
    )

    assert facts(outcome, "waits") == [
        "answer, line 11, in Event.wait",
        "thread taker: take, line 14, in a call that blocks it",
    ]


# -- sentences ------------------------------------------------------------------------------------------------


def test_each_thing_is_said_once() -> None:
    """What happened several times at one place is one sentence; blockages are added up by call and line."""
    notes = [
        Note("lost", "A task was lost.", 3),
        Note("blocked", "time.sleep(1)", 5, 0, 1),
        Note("lost", "A task was lost.", 3),
        Note("blocked", "time.sleep(1)", 5, 1, 1.2),
        Note("blocked", "", 0, 2, 3),
    ]

    assert sentences(notes) == [
        "A task was lost. (line 3)",
        "The event loop was blocked 2 times, for 1.2 s in all, by `time.sleep(1)`: "
        "nothing else could run meanwhile. (line 5)",
        "The event loop was blocked for 1 s: nothing else could run meanwhile.",
    ]


def test_more_waiting_tasks_than_anyone_reads_are_left_out() -> None:
    """The circle is told whatever is left out."""
    inspection = Inspection((Waiting("f", 1, "Lock.acquire"),) * 50, "f → g → f")

    told = waiting_facts(inspection)

    assert len(told) == 11
    assert told[-1].value == "f → g → f"
