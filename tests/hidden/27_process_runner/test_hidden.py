"""The hidden suite of exercise 27."""

import asyncio
import random
import signal

import pytest

PIECE = 64 * 1024
SIGKILL = 9  # Windows has no `signal.SIGKILL`.
NAMES = {signal.SIGTERM: "SIGTERM", SIGKILL: "SIGKILL"}


def now() -> float:
    return asyncio.get_running_loop().time()


def seconds(low: int, high: int) -> float:
    """A time that nobody can have foreseen, in quarters of a second: sums of them are exact."""
    return random.randint(4 * low, 4 * high) / 4


def signals(program) -> list[tuple[float, str]]:
    return [(when, NAMES.get(number, f"signal {number}")) for when, number in program.signals]


def state(program) -> str:
    if program.returncode is None:
        return "still running"
    return "ending, but not gone" if program.ended is None else "gone"


async def quick(process):
    """It ends at once."""


async def obedient(process):
    """Asked to end, it ends at once. It reads nothing."""
    await asyncio.sleep(100)


async def silent(process):
    """It closes its outputs, and goes on."""
    process.stdout.close()
    process.stderr.close()
    await asyncio.sleep(100)


async def talkative(process):
    """It writes a word every quarter of a second, for minutes."""
    for _ in range(1000):
        process.stdout.write(b"word")
        await asyncio.sleep(0.25)


async def stubborn(process):
    """Asked to end, it goes on."""
    process.ignore(signal.SIGTERM)
    await asyncio.sleep(100)


def tidy(tidying: float, status: int):
    """A program that needs `tidying` seconds to end when it is asked to."""

    async def script(process):
        asked = asyncio.Event()
        process.on_signal(signal.SIGTERM, asked.set)
        await asked.wait()
        await asyncio.sleep(tidying)
        return status

    return script


@pytest.mark.correctness(points=1)
async def test_words_reach_the_program_as_they_are(student, programs):
    """The program is started with exactly the words of `argv`, and without a shell."""
    argv = ("convert", f"my film {random.random()}.avi", "", "$HOME/*.mp4; reboot")
    programs.add("convert", quick)

    await student.run_command(argv, timeout=2)

    (program,) = programs.started
    assert program.argv == argv
    assert program.shell is False


@pytest.mark.correctness(points=1)
async def test_unknown_program_is_not_found(student, programs):
    """A program that does not exist raises FileNotFoundError."""
    with pytest.raises(FileNotFoundError):
        await student.run_command([f"convert{random.randrange(10**6)}"], timeout=2)


@pytest.mark.correctness(points=1)
@pytest.mark.parametrize("size", [0, 20])
async def test_input_reaches_the_program_and_ends(student, programs, size):
    """The program reads all of `stdin` and then the end of its input, also when `stdin` is empty."""
    film, read = random.randbytes(size), []

    async def convert(process):
        read.append(await process.stdin.read())

    programs.add("convert", convert)
    result = await student.run_command(["convert"], **({"stdin": film} if film else {}), timeout=5)

    assert read == [film], "The program did not read its input to the end."
    assert result.timed_out is False


@pytest.mark.correctness(points=1)
async def test_output_and_status_come_back(student, programs):
    """The result holds the exit status, whatever it is, and what was written to stdout and to stderr."""
    out, err, status = random.randbytes(20), random.randbytes(20), random.randint(1, 99)

    async def convert(process):
        process.stdout.write(out)
        await asyncio.sleep(1)
        process.stderr.write(err)
        return status

    programs.add("convert", convert)
    result = await student.run_command(["convert"], timeout=5)

    assert result.returncode == status
    assert (result.stdout, result.stderr) == (out, err)
    assert result.timed_out is False


@pytest.mark.correctness(points=1)
async def test_program_may_ignore_its_input(student, programs):
    """A program that ends without reading its input is no error."""
    answer = random.randbytes(20)

    async def convert(process):
        await process.stdin.read(PIECE)
        process.stdout.write(answer)

    programs.add("convert", convert)
    result = await student.run_command(["convert"], stdin=random.randbytes(500_000), timeout=5)

    assert result.stdout == answer
    assert (result.returncode, result.timed_out) == (0, False)


@pytest.mark.correctness(points=1)
@pytest.mark.parametrize("obeys", [True, False])
async def test_timeout_is_told_in_the_result(student, programs, obeys):
    """When the time is up nothing is raised: `timed_out` is True, and the return code tells how the program ended."""
    status = random.randint(1, 99)
    programs.add("convert", tidy(0.25, status) if obeys else stubborn)

    result = await student.run_command(["convert"], timeout=2)

    assert result.timed_out is True
    assert result.returncode == (status if obeys else -SIGKILL)


@pytest.mark.concurrency(points=1)
@pytest.mark.parametrize("first", ["stdout", "stderr"])
async def test_both_outputs_are_read_at_once(student, programs, first):
    """A program that fills either pipe first never waits for its reader, however much it writes."""

    async def convert(process):
        outputs = [process.stdout, process.stderr]
        for pipe in outputs if first == "stdout" else reversed(outputs):
            pipe.write(random.randbytes(500_000))
            await pipe.drain()

    programs.add("convert", convert)
    result = await student.run_command(["convert"], timeout=5)

    assert now() == 0, "The program waited for somebody to read its outputs."
    assert len(result.stdout) + len(result.stderr) == 1_000_000


@pytest.mark.concurrency(points=2)
async def test_output_is_read_while_the_input_is_written(student, programs):
    """A program that writes while it reads never waits, however much it is given."""
    film = random.randbytes(2_000_000)

    async def convert(process):
        while piece := await process.stdin.read(PIECE):
            process.stdout.write(piece)
            await process.stdout.drain()

    programs.add("convert", convert)
    result = await student.run_command(["convert"], stdin=film, timeout=5)

    assert now() == 0, "The program waited for somebody to read its output."
    assert result.stdout == film


@pytest.mark.concurrency(points=1)
@pytest.mark.parametrize(("script", "size"), [(obedient, 2_000_000), (silent, 0), (talkative, 0)])
async def test_limit_holds_whatever_the_program_does(student, programs, script, size):
    """The time limit also holds for a program that reads nothing, has closed its outputs, or keeps writing."""
    programs.add("convert", script)
    timeout = seconds(2, 9)

    await student.run_command(["convert"], stdin=bytes(size), timeout=timeout)

    assert programs.started[0].ended == timeout


@pytest.mark.concurrency(points=1)
@pytest.mark.parametrize("tidying", [0.25, 1.25])
async def test_program_is_asked_to_end_first(student, programs, tidying):
    """When the time is up the program gets SIGTERM, and the call returns as soon as it has ended."""
    programs.add("convert", tidy(tidying, 0))
    timeout = seconds(2, 9)

    await student.run_command(["convert"], timeout=timeout, grace=1.5)

    assert signals(programs.started[0]) == [(timeout, "SIGTERM")]
    assert now() == timeout + tidying


@pytest.mark.concurrency(points=2)
async def test_program_is_killed_after_the_grace(student, programs):
    """A program that is still there `grace` seconds after SIGTERM gets SIGKILL."""
    programs.add("convert", stubborn)
    timeout, grace = seconds(2, 9), seconds(1, 3)

    await student.run_command(["convert"], timeout=timeout, grace=grace)

    assert signals(programs.started[0]) == [(timeout, "SIGTERM"), (timeout + grace, "SIGKILL")]
    assert now() == timeout + grace


@pytest.mark.concurrency(points=1)
async def test_call_returns_when_the_program_is_gone(student, programs):
    """After a kill the call still waits until the program is gone, and returns then."""
    programs.add("convert", stubborn, exit_delay=0.5)

    await student.run_command(["convert"], timeout=2, grace=1)

    assert state(programs.started[0]) == "gone"
    assert now() == 3.5


@pytest.mark.concurrency(points=1)
@pytest.mark.weather(seeds=5)
async def test_calls_run_side_by_side(student, programs):
    """Calls that run side by side do not disturb each other, whichever ends first."""

    async def convert(process):
        await asyncio.sleep(int(process.argv[1]))
        process.stdout.write(process.argv[1].encode())

    programs.add("convert", convert)
    words = [str(length) for length in random.sample(range(1, 9), 6)]
    results = await asyncio.gather(*(student.run_command(["convert", word], timeout=4.5) for word in words))

    ends = {program.argv[1]: program.ended for program in programs.started}
    assert ends == {word: min(int(word), 4.5) for word in words}
    in_time = [None if result.timed_out else result.stdout.decode() for result in results]
    assert in_time == [None if int(word) > 4.5 else word for word in words]


async def cancelled_run(student, programs, script, *, at, timeout):
    """Cancel a call at the time `at`, with a grace of 1 second. Returns the program, when the call has ended."""
    programs.add("convert", script, exit_delay=0.25)
    call = asyncio.create_task(student.run_command(["convert"], stdin=b"film", timeout=timeout, grace=1))
    await asyncio.sleep(at)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    return programs.started[0]


@pytest.mark.cancellation(points=2)
@pytest.mark.parametrize("script", [obedient, stubborn])
async def test_cancelling_ends_the_program(student, programs, script):
    """When the call is cancelled, the program is gone before CancelledError leaves, also if it ignores SIGTERM."""
    cancelled = seconds(1, 4)
    program = await cancelled_run(student, programs, script, at=cancelled, timeout=10)

    assert state(program) == "gone"
    assert now() <= cancelled + 1.25, "The program was killed too late."


@pytest.mark.cancellation(points=2)
async def test_cancelling_in_the_grace_period_ends_the_program(student, programs):
    """A call that is cancelled while it waits after SIGTERM kills the program, and CancelledError leaves."""
    program = await cancelled_run(student, programs, stubborn, at=2.5, timeout=2)

    assert state(program) == "gone"
    assert now() <= 3.75, "The program was killed too late."


@pytest.mark.cancellation(points=1)
async def test_cancelled_at_any_await_leaves_no_program(student, sandbox, programs):
    """Wherever the call is cancelled, CancelledError leaves and no program is left running."""
    programs.add("convert", stubborn)
    run, film = student.run_command, bytes(2_000_000)

    async for attempt in sandbox.cancel_at_each_await(run, ["convert"], stdin=film, timeout=2, grace=1):
        assert attempt.outcome == "cancelled"
        assert [state(program) for program in programs.started if program.ended is None] == []
