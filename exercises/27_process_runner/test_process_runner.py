"""Examples: run them with ``pytest exercises/27_process_runner``."""

import asyncio

import pytest

SIGTERM, SIGKILL = 15, 9


async def upper(process):
    """Writes what it reads, in capitals."""
    text = await process.stdin.read()
    process.stdout.write(text.upper())
    process.stderr.write(b"done")


async def tidy(process):
    """Needs a quarter of a second to end when it is asked to."""
    asked = asyncio.Event()
    process.on_signal(SIGTERM, asked.set)
    await asked.wait()
    await asyncio.sleep(0.25)


async def stubborn(process):
    """Goes on for a hundred seconds, whoever asks it to end."""
    process.ignore(SIGTERM)
    await asyncio.sleep(100)


@pytest.mark.correctness
async def test_program_is_fed_and_read(student, programs):
    """The program gets its input, and the result holds its output."""
    programs.add("upper", upper)

    result = await student.run_command(["upper"], stdin=b"film", timeout=5)

    assert (result.stdout, result.stderr) == (b"FILM", b"done")
    assert (result.returncode, result.timed_out) == (0, False)


@pytest.mark.concurrency
async def test_timetable(student, programs):
    """Both programs get SIGTERM at 5 s; one ends by itself at 5.25 s, the other is killed at 6 s."""
    programs.add("tidy", tidy)
    programs.add("stubborn", stubborn)
    calls = [asyncio.create_task(student.run_command([name], timeout=5, grace=1)) for name in ("tidy", "stubborn")]

    first = await calls[0]
    assert asyncio.get_running_loop().time() == 5.25
    second = await calls[1]
    assert asyncio.get_running_loop().time() == 6.0

    assert (first.timed_out, second.timed_out, second.returncode) == (True, True, -9)
    signals = {run.argv[0]: run.signals for run in programs.started}
    assert signals == {"tidy": [(5, SIGTERM)], "stubborn": [(5, SIGTERM), (6, SIGKILL)]}


@pytest.mark.cancellation
async def test_cancelling_ends_the_program(student, programs):
    """When the call is cancelled, the program is gone before CancelledError leaves."""
    programs.add("stubborn", stubborn, exit_delay=0.25)

    call = asyncio.create_task(student.run_command(["stubborn"], timeout=5, grace=1))
    await asyncio.sleep(0.5)
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    assert programs.started[0].ended is not None
