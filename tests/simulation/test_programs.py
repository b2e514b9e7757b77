"""Scripted programs behave as subprocesses do."""

import asyncio
import signal
from asyncio.subprocess import DEVNULL, PIPE, STDOUT

import pytest

from grader.simulation import Deadlock, SimulatedLoop


def now():
    return asyncio.get_running_loop().time()


@pytest.fixture
async def programs():
    """A few programs, as a Unix system has them."""
    programs = asyncio.get_running_loop().programs

    async def sleep(program):
        await asyncio.sleep(float(program.argv[1]))

    async def echo(program):
        program.stdout.write(" ".join(program.argv[1:]).encode() + b"\n")

    async def cat(program):
        while chunk := await program.stdin.read(65536):
            program.stdout.write(chunk)
            await program.stdout.drain()

    async def fail(program):
        program.stdout.write(b"out\n")
        program.stderr.write(b"err\n")
        return int(program.argv[1])

    async def stubborn(program):
        program.ignore(signal.SIGTERM)
        await asyncio.sleep(1000)

    async def careful(program):
        stop = asyncio.Event()
        program.on_signal(signal.SIGTERM, stop.set)
        await stop.wait()
        await asyncio.sleep(2)
        program.stdout.write(b"saved\n")
        return 3

    async def yes(program):
        while True:
            program.stdout.write(b"y\n" * 5000)
            await program.stdout.drain()
            await asyncio.sleep(0.01)

    async def crash(program):
        raise ValueError("a bug in the script")

    for script in (sleep, echo, cat, fail, stubborn, careful, yes, crash):
        programs.add(script.__name__, script)
    programs.add("linger", echo, exit_delay=4)
    return programs


async def test_a_program_runs_for_its_time(programs):
    """`wait` returns the exit status when the program ends."""
    process = await asyncio.create_subprocess_exec("sleep", "2.5")

    assert process.returncode is None
    assert await process.wait() == 0
    assert now() == 2.5


async def test_output_is_read(programs):
    """What a program prints comes out of its pipe."""
    process = await asyncio.create_subprocess_exec("echo", "hello", "world", stdout=PIPE)

    assert await process.communicate() == (b"hello world\n", None)
    assert process.returncode == 0


async def test_a_shell_command_is_split(programs):
    """`create_subprocess_shell` splits its command as a shell does."""
    process = await asyncio.create_subprocess_shell("echo 'hello  world' again", stdout=PIPE)

    assert await process.communicate() == (b"hello  world again\n", None)
    assert programs.started[0].shell


async def test_lines_come_as_they_are_written(programs):
    """A program's lines can be read one at a time, when they come."""

    async def tick(program):
        for n in range(3):
            await asyncio.sleep(1)
            program.stdout.write(b"%d\n" % n)

    programs.add("tick", tick)
    process = await asyncio.create_subprocess_exec("tick", stdout=PIPE)
    lines = [(now(), line) async for line in process.stdout]

    assert lines == [(1, b"0\n"), (2, b"1\n"), (3, b"2\n")]


async def test_a_dialogue_is_possible(programs):
    """A program answers each line that it is sent."""
    process = await asyncio.create_subprocess_exec("cat", stdin=PIPE, stdout=PIPE)
    for word in (b"one\n", b"two\n"):
        process.stdin.write(word)
        await process.stdin.drain()
        assert await process.stdout.readline() == word
    process.stdin.close()

    assert await process.wait() == 0


async def test_communicate_moves_megabytes_both_ways(programs):
    """`communicate` feeds and reads at once, so that big data does not jam."""
    process = await asyncio.create_subprocess_exec("cat", stdin=PIPE, stdout=PIPE)
    data = bytes(range(256)) * 8_000

    assert await process.communicate(data) == (data, None)


def test_an_unread_pipe_is_a_deadlock():
    """A program that fills a pipe which nobody reads waits for ever, and so does `wait`."""

    async def main():
        async def chatter(program):
            for _ in range(50):
                program.stdout.write(bytes(10_000))
                await program.stdout.drain()

        asyncio.get_running_loop().programs.add("chatter", chatter)
        process = await asyncio.create_subprocess_exec("chatter", stdout=PIPE)
        await process.wait()

    with (
        pytest.raises(Deadlock, match=r"main \(test_programs.py, line \d+\) waits in Process.wait"),
        asyncio.Runner(loop_factory=SimulatedLoop) as runner,
    ):
        runner.run(main())


async def test_output_to_nowhere_does_not_hold_a_program(programs):
    """A program whose output goes to DEVNULL, or to the terminal, runs on."""
    for stdout in (DEVNULL, None):
        process = await asyncio.create_subprocess_exec("yes", stdout=stdout)
        assert process.stdout is None
        asyncio.get_running_loop().call_later(1, process.kill)
        assert await process.wait() == -9


async def test_input_from_nowhere_is_at_its_end(programs):
    """A program whose input is DEVNULL reads its end at once."""
    process = await asyncio.create_subprocess_exec("cat", stdin=DEVNULL, stdout=PIPE)

    assert await process.communicate() == (b"", None)


async def test_errors_go_where_they_are_sent(programs):
    """stderr is a pipe of its own, or goes into stdout."""
    process = await asyncio.create_subprocess_exec("fail", "3", stdout=PIPE, stderr=PIPE)
    assert await process.communicate() == (b"out\n", b"err\n")
    assert process.returncode == 3
    process = await asyncio.create_subprocess_exec("fail", "4", stdout=PIPE, stderr=STDOUT)
    assert await process.communicate() == (b"out\nerr\n", None)
    assert process.returncode == 4


async def test_terminate_ends_a_program(programs):
    """SIGTERM ends a program with -15."""
    process = await asyncio.create_subprocess_exec("sleep", "100")
    await asyncio.sleep(1)
    process.terminate()

    assert await process.wait() == -15
    assert now() == 1
    assert programs.started[0].signals == [(1, 15)]


async def test_a_program_may_ignore_sigterm_but_not_sigkill(programs):
    """A program that ignores SIGTERM runs on until it is killed."""
    process = await asyncio.create_subprocess_exec("stubborn")
    process.terminate()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(process.wait(), 5)
    process.kill()

    assert await process.wait() == -9
    assert now() == 5


async def test_a_program_may_tidy_up_after_sigterm(programs):
    """A program that handles SIGTERM ends in its own time, with its own status."""
    process = await asyncio.create_subprocess_exec("careful", stdout=PIPE)
    await asyncio.sleep(1)
    process.send_signal(signal.SIGTERM)

    assert await process.communicate() == (b"saved\n", None)
    assert process.returncode == 3
    assert now() == 3


async def test_a_signal_to_an_ended_program_is_an_error_or_nothing(programs):
    """A program that is gone cannot be signalled: asyncio says so as it does for a real one."""
    process = await asyncio.create_subprocess_exec("echo")
    await process.wait()

    with pytest.raises(ProcessLookupError):
        process.kill()


async def test_an_unknown_program_is_not_found(programs):
    """A program that does not exist raises FileNotFoundError; in a shell it ends with status 127."""
    with pytest.raises(FileNotFoundError, match="nosuch"):
        await asyncio.create_subprocess_exec("nosuch")
    process = await asyncio.create_subprocess_shell("nosuch --now", stderr=PIPE)
    _, errors = await process.communicate()

    assert process.returncode == 127
    assert b"nosuch: not found" in errors


async def test_a_program_that_does_not_read_breaks_no_communicate(programs):
    """`communicate` ignores the broken pipe of a program that ended without reading."""
    process = await asyncio.create_subprocess_exec("echo", stdin=PIPE, stdout=PIPE)

    assert await process.communicate(bytes(1_000_000)) == (b"\n", None)


async def test_a_program_that_does_not_read_breaks_drain(programs):
    """Writing to a program that has ended raises BrokenPipeError or ConnectionResetError."""
    process = await asyncio.create_subprocess_exec("echo", stdin=PIPE)
    await process.wait()

    with pytest.raises((BrokenPipeError, ConnectionResetError)):
        for _ in range(5):
            process.stdin.write(b"x")
            await process.stdin.drain()


async def test_a_program_dies_of_a_pipe_that_nobody_reads(programs):
    """A program that writes to a closed pipe ends with SIGPIPE."""
    process = await asyncio.create_subprocess_exec("yes", stdout=PIPE)
    await process.stdout.readline()
    process._transport.get_pipe_transport(1).close()

    assert await process.wait() == -13


async def test_exit_takes_its_delay(programs):
    """A program with an exit delay has written everything and is gone only later."""
    process = await asyncio.create_subprocess_exec("linger", "x", stdout=PIPE)
    assert await process.stdout.readline() == b"x\n"
    assert now() == 0
    assert await process.wait() == 0

    assert now() == 4


async def test_a_crashing_script_ends_with_one(programs, caplog):
    """A script that raises ends with status 1, and the exception is reported."""
    process = await asyncio.create_subprocess_exec("crash")

    assert await process.wait() == 1


async def test_many_programs_run_side_by_side(programs):
    """Programs run at the same time, each with a process id of its own."""
    processes = [await asyncio.create_subprocess_exec("sleep", "2") for _ in range(20)]
    await asyncio.gather(*(process.wait() for process in processes))

    assert now() == 2
    assert len({process.pid for process in processes}) == 20


async def test_cancelling_communicate_leaves_the_program(programs):
    """A timeout around `communicate` does not end the program, as with a real one."""
    process = await asyncio.create_subprocess_exec("sleep", "10", stdout=PIPE)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(process.communicate(), 3)
    assert process.returncode is None
    assert await process.wait() == 0

    assert now() == 10


async def test_programs_tell_their_state(programs):
    """A program knows its words and its times, and says so."""
    process = await asyncio.create_subprocess_exec("sleep", "2", "a b")
    (program,) = programs.started
    assert repr(program) == "<Program sleep 2 'a b': running>"
    assert "1 running, 1 started" in repr(programs)
    await process.wait()

    assert repr(program) == "<Program sleep 2 'a b': ended with 0>"
    assert (program.started, program.ended) == (0, 2)


async def test_protocols_hear_of_pipes_and_exit(programs):
    """A `SubprocessProtocol` is told of data, closed pipes and the exit, in this order."""
    events = []

    class Protocol(asyncio.SubprocessProtocol):
        def pipe_data_received(self, fd, data):
            events.append((fd, data))

        def pipe_connection_lost(self, fd, exc):
            events.append((fd, "lost"))

        def process_exited(self):
            events.append("exited")

        def connection_lost(self, exc):
            events.append("over")

    loop = asyncio.get_running_loop()
    transport, _ = await loop.subprocess_exec(Protocol, "fail", "0", stdin=None)
    await asyncio.sleep(1)

    assert {(1, b"out\n"), (2, b"err\n"), (1, "lost"), (2, "lost"), "exited"} < set(events)
    assert events[-1] == "over"
    assert transport.get_returncode() == 0


async def test_a_command_line_with_unmatched_quotes_is_the_shells_problem():
    """Quotes that do not match end the shell with its own status, not with an exception."""
    process = await asyncio.create_subprocess_shell("nowhere 'a", stdout=asyncio.subprocess.PIPE)

    assert await process.wait() == 127
