"""What a test and a submission can do to each other through the world that they share."""

import pytest

from grader.records.trace import Span


def test_a_web_application_of_the_test_is_reached(holds):
    """A real aiohttp.web application answers requests, WebSockets and paced streams of the submission."""
    holds(
        """
        from aiohttp import web

        async def socket(request):
            ws = web.WebSocketResponse()
            await ws.prepare(request)
            async for message in ws:
                await asyncio.sleep(1)
                await ws.send_str(message.data.upper())
            return ws

        async def stream(request):
            response = web.StreamResponse()
            await response.prepare(request)
            for chunk in (b"a", b"b", b"c"):
                await asyncio.sleep(0.5)
                await response.write(chunk)
            return response

        app = web.Application()
        app.router.add_get("/ws", socket)
        app.router.add_get("/stream", stream)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "chat.test", 8080).start()

        assert await student.talk("http://chat.test:8080/ws", ["x", "y"]) == ["X", "Y"]
        assert now() == 2
        assert await student.read("http://chat.test:8080/stream") == [("a", 2.5), ("b", 3.0), ("c", 3.5)]
        await runner.cleanup()
        """,
        """
        import asyncio
        import aiohttp

        async def talk(url, lines):
            async with aiohttp.ClientSession() as session, session.ws_connect(url) as ws:
                answers = []
                for line in lines:
                    await ws.send_str(line)
                    answers.append(await ws.receive_str())
                return answers

        async def read(url):
            loop = asyncio.get_running_loop()
            async with aiohttp.ClientSession() as session, session.get(url) as response:
                return [(chunk.decode(), loop.time()) async for chunk in response.content.iter_any()]
        """,
    )


def test_a_web_application_of_the_submission_is_served(holds):
    """An application that the submission makes is served, told of a client that hangs up, and shut down."""
    holds(
        """
        noted = []

        async def note(event):
            noted.append((event, now()))
            await asyncio.sleep(2)

        runner = await sandbox.serve(student.make_app(note), "app.test", 8080, handler_cancellation=True)
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(1)) as session:
            assert await (await session.get("http://app.test:8080/hello")).text() == "hello"
            with pytest.raises(TimeoutError):
                await session.get("http://app.test:8080/slow")
        await runner.cleanup()

        assert noted == [("opened", 0), ("hung up", 3), ("closed", 5)]
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("app.test", 8080)
        """,
        """
        import asyncio
        from aiohttp import web

        def make_app(note):
            async def hello(request):
                return web.Response(text="hello")

            async def slow(request):
                try:
                    await asyncio.sleep(60)
                except asyncio.CancelledError:
                    await note("hung up")
                    raise

            async def lifetime(app):
                await note("opened")
                yield
                await note("closed")

            app = web.Application()
            app.add_routes([web.get("/hello", hello), web.get("/slow", slow)])
            app.cleanup_ctx.append(lifetime)
            return app
        """,
    )


def test_a_submission_drives_a_coroutine_of_the_test(holds):
    """The body of such a coroutine runs in the test, when the submission drives it; its awaits are there."""
    holds(
        """
        seen = []

        async def inner():
            try:
                return await sandbox.there(student.ask, "b")
            except ValueError as error:
                return repr(error)

        async def body():
            seen.append(await sandbox.there(student.ask, "a"))
            seen.append(await inner())
            await sandbox.there(student.Promise())
            raise LookupError("c")

        driver = student.Driver(sandbox.coroutine(body()))
        assert driver.go("nothing, at the start") == "a"
        assert seen == []
        assert driver.go(1) == "b"
        assert driver.fail(ValueError("no")) == "promised"
        assert seen == [1, "ValueError('no')"]
        with pytest.raises(LookupError, match="c"):
            driver.go(None)
        """,
        """
        import types

        @types.coroutine
        def hand_over(request):
            return (yield request)

        async def ask(question):
            return await hand_over(question)

        class Promise:
            def __await__(self):
                yield "promised"

        class Driver:
            def __init__(self, coroutine):
                assert isinstance(coroutine, types.CoroutineType)
                self.coroutine = coroutine
                self.started = False

            def go(self, answer):
                self.started, sent = True, answer if self.started else None
                return self.coroutine.send(sent)

            def fail(self, error):
                return self.coroutine.throw(error)
        """,
    )


def test_a_server_of_the_submission_is_reached(holds):
    """`asyncio.start_server` of the submission answers at the host and port that it binds."""
    holds(
        """
        serving = asyncio.create_task(student.serve("echo.test", 7000))
        await sandbox.settle()
        reader, writer = await asyncio.open_connection("echo.test", 7000)
        writer.write(b"hello\\n")
        line = await reader.readline()
        writer.close()
        serving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await serving

        assert line == b"olleh\\n"
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("echo.test", 7000)
        """,
        """
        import asyncio

        async def serve(host, port):
            async def answer(reader, writer):
                line = await reader.readline()
                writer.write(line.strip()[::-1] + b"\\n")
                await writer.drain()
                writer.close()

            server = await asyncio.start_server(answer, host, port)
            async with server:
                await server.serve_forever()
        """,
    )


def test_a_web_application_of_the_submission_is_reached(holds):
    """A test's own aiohttp client talks to an application that the submission serves."""
    holds(
        """
        app = await student.start("api.test", 80)
        async with aiohttp.ClientSession() as session:
            async with session.get("http://api.test/slow") as response:
                answer = response.status, await response.json()
        await student.stop()

        assert answer == (200, {"ok": True})
        assert now() == 2
        """,
        """
        import asyncio
        from aiohttp import web

        async def slow(request):
            await asyncio.sleep(2)
            return web.json_response({"ok": True})

        async def start(host, port):
            global runner
            app = web.Application()
            app.router.add_get("/slow", slow)
            runner = web.AppRunner(app)
            await runner.setup()
            await web.TCPSite(runner, host, port).start()

        async def stop():
            await runner.cleanup()
        """,
    )


def test_datagrams_travel_both_ways(holds):
    """A UDP endpoint of the submission is reached from the test, and answers."""
    holds(
        """
        class Ask(asyncio.DatagramProtocol):
            def datagram_received(self, data, address):
                self.answer.set_result((data, address))

        asking = Ask()
        asking.answer = asyncio.get_running_loop().create_future()
        listening = asyncio.create_task(student.listen("127.0.0.1", 5353))
        await sandbox.settle()
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: asking, remote_addr=("127.0.0.1", 5353)
        )
        transport.sendto(b"ping")

        assert await asking.answer == (b"PING", ("127.0.0.1", 5353))
        await listening
        transport.close()
        """,
        """
        import asyncio

        async def listen(host, port):
            done = asyncio.Event()

            class Echo(asyncio.DatagramProtocol):
                def connection_made(self, transport):
                    self.transport = transport

                def datagram_received(self, data, address):
                    self.transport.sendto(data.upper(), address)
                    done.set()

            transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(Echo, local_addr=(host, port))
            await done.wait()
            transport.close()
        """,
    )


def test_programs_run_scripts_of_the_test(holds):
    """A scripted program sees its arguments and pipes; the submission sees its output, status and delay."""
    holds(
        """
        async def convert(process):
            data = await process.stdin.read()
            await asyncio.sleep(1)
            process.stdout.write(data.upper())
            process.stderr.write(b"done")
            return 3

        programs.add("convert", convert, exit_delay=0.5)

        assert await student.run(["convert", "-x"], b"abc") == (3, b"ABC", b"done")
        assert now() == 1.5
        (run,) = programs.started
        assert (run.argv, run.started, run.ended, run.returncode) == (("convert", "-x"), 0, 1.5, 3)
        with pytest.raises(FileNotFoundError):
            await student.run(["nothing"], b"")
        """,
        """
        import asyncio

        async def run(argv, data):
            pipe = asyncio.subprocess.PIPE
            process = await asyncio.create_subprocess_exec(*argv, stdin=pipe, stdout=pipe, stderr=pipe)
            out, err = await process.communicate(data)
            return process.returncode, out, err
        """,
    )


def test_signals_reach_programs(holds):
    """SIGTERM ends a script unless it is ignored; SIGKILL always does; the run records both."""
    holds(
        """
        import signal

        async def stubborn(process):
            process.ignore(signal.SIGTERM)
            await asyncio.Event().wait()

        programs.add("stubborn", stubborn)

        assert await student.end("stubborn", 5) == -9
        (run,) = programs.started
        assert run.signals == [(1, signal.SIGTERM), (6, signal.SIGKILL)]
        assert run.ended == 6
        """,
        """
        import asyncio

        async def end(name, grace):
            process = await asyncio.create_subprocess_exec(name)
            await asyncio.sleep(1)
            process.terminate()
            try:
                async with asyncio.timeout(grace):
                    await process.wait()
            except TimeoutError:
                process.kill()
            return await process.wait()
        """,
    )


BLOCKS = """
import asyncio
import time

async def work():
    await asyncio.sleep(1)
    time.sleep(2)
    await asyncio.sleep(1)
"""


def test_a_blocked_event_loop_is_measured(holds):
    """`heartbeat` tells for how long the submission's loop does not answer, in virtual seconds."""
    holds(
        """
        work = asyncio.create_task(student.work())
        await asyncio.sleep(0.5)
        free = await sandbox.heartbeat()
        await asyncio.sleep(1)
        blocked = await sandbox.heartbeat()
        await work

        assert (free, blocked) == (0, 1.5)
        assert now() == 4
        """,
        BLOCKS,
    )


def test_a_blocked_event_loop_is_a_span_of_the_trace_with_its_line(judge):
    """`time.sleep` on the loop's thread is recorded from start to end, with its line."""
    suite = '''
@pytest.mark.correctness
async def test_work(student):
    """It works."""
    await student.work()
'''
    (outcome,) = judge(suite, BLOCKS)

    assert Span("blocked", "event loop blocked", 1.0, 3.0, "done", "line 7") in outcome.trace.spans


def test_blocking_functions_overlap_in_threads(holds):
    """`asyncio.to_thread` runs blocking functions of the test side by side, and the loop stays free."""
    holds(
        """
        async def load(n):
            await asyncio.sleep(2)
            return n * n

        work = asyncio.create_task(student.in_threads(sandbox.blocking(load), [1, 2, 3]))
        await asyncio.sleep(1)
        beat = await sandbox.heartbeat()

        assert await work == [1, 4, 9]
        assert beat == 0
        assert now() == 2
        assert await student.on_the_loop(sandbox.blocking(load), 4) == 16
        assert now() == 4
        """,
        """
        import asyncio

        async def in_threads(load, items):
            return await asyncio.gather(*(asyncio.to_thread(load, item) for item in items))

        async def on_the_loop(load, item):
            return load(item)
        """,
    )


def test_more_blocking_functions_than_threads_take_turns(holds):
    """`asyncio.to_thread` runs 32 functions at once; others wait for a thread, however many there are."""
    holds(
        """
        async def load(number):
            await asyncio.sleep(1)
            return number

        assert await student.in_threads(sandbox.blocking(load), 100) == list(range(100))
        assert now() == 4
        """,
        """
        import asyncio

        async def in_threads(load, count):
            return await asyncio.gather(*(asyncio.to_thread(load, number) for number in range(count)))
        """,
    )


def test_blocking_functions_raise_in_their_thread(holds):
    """What a blocking function of the test raises comes out of the thread that called it."""
    holds(
        """
        async def load():
            await asyncio.sleep(1)
            raise LookupError("empty")

        with pytest.raises(LookupError, match="empty"):
            await student.in_thread(sandbox.blocking(load))
        """,
        """
        import asyncio

        async def in_thread(load):
            return await asyncio.to_thread(load)
        """,
    )


def test_a_thread_pool_limits_what_runs_at_once(holds):
    """A pool of the sandbox with two workers runs two of four jobs at a time."""
    holds(
        """
        running = peak = 0

        async def load():
            nonlocal running, peak
            running += 1
            peak = max(peak, running)
            await asyncio.sleep(1)
            running -= 1

        await student.run_all(sandbox.thread_pool(2), sandbox.blocking(load), 4)

        assert peak == 2
        assert now() == 2
        """,
        """
        import asyncio

        async def run_all(pool, load, times):
            loop = asyncio.get_running_loop()
            await asyncio.gather(*(loop.run_in_executor(pool, load) for _ in range(times)))
        """,
    )


def test_a_thread_can_run_a_loop_of_its_own(holds):
    """`asyncio.run` in a thread of the submission uses the same clock and the same network."""
    holds(
        """
        http.get("https://shop.test/", body="x", latency=1)

        assert await student.in_thread("https://shop.test/") == ("x", 3.0)
        assert now() == 3
        """,
        """
        import asyncio
        import aiohttp

        async def fetch(url):
            await asyncio.sleep(2)
            async with aiohttp.ClientSession() as session, session.get(url) as response:
                return await response.text(), asyncio.get_running_loop().time()

        async def in_thread(url):
            return await asyncio.to_thread(lambda: asyncio.run(fetch(url)))
        """,
    )


def test_a_plain_function_can_be_called_in_a_thread(holds):
    """`sandbox.in_thread` calls a function where no event loop runs: it may run one, and call the test back."""
    holds(
        """
        async def main():
            await asyncio.sleep(2)
            return "tea"

        async def broken():
            raise LookupError("no tea")

        for _ in range(2):
            assert await sandbox.in_thread(student.start, main) == ("tea", False)
        assert now() == 4
        assert await sandbox.in_thread(student.Host("Ada").start, main=main) == "tea for Ada"
        with pytest.raises(LookupError):
            await sandbox.in_thread(student.start, broken)
        """,
        """
        import asyncio
        import threading

        def start(main):
            return asyncio.run(main()), threading.current_thread() is threading.main_thread()

        class Host:
            def __init__(self, name):
                self.name = name

            def start(self, main):
                return f"{asyncio.run(main())} for {self.name}"
        """,
    )


def test_a_call_of_the_test_runs_on_the_submission_s_first_loop(holds):
    """What a test calls runs on the loop it has always run on, whatever another loop waits for."""
    holds(
        """
        async def wait():
            await asyncio.sleep(9)

        running = asyncio.create_task(sandbox.in_thread(student.start, wait))
        await asyncio.sleep(1)
        threads = {await student.thread() for _ in range(30)}
        await running

        assert threads == {"MainThread"}
        """,
        """
        import asyncio
        import threading

        def start(wait):
            async def main():
                await asyncio.gather(*(wait() for _ in range(20)))

            asyncio.run(main())

        async def thread():
            return threading.current_thread().name
        """,
    )


def test_leftovers_settle_and_garbage(holds):
    """Pending tasks are named, ready ones are run by `settle`, and lost ones vanish with the garbage."""
    holds(
        """
        left = asyncio.create_task(student.leave_behind())
        await sandbox.settle()
        assert student.steps == 5
        await left
        assert sorted(await sandbox.leftovers()) == ["kept", "lost"]
        await sandbox.collect_garbage()
        assert await sandbox.leftovers() == ["kept"]
        assert now() == 0
        """,
        """
        import asyncio

        steps = 0
        keep = []

        async def kept():
            global steps
            for _ in range(5):
                await asyncio.sleep(0)
                steps += 1
            await asyncio.sleep(60)

        async def lost():
            await asyncio.get_running_loop().create_future()

        async def leave_behind():
            keep.append(asyncio.create_task(kept()))
            asyncio.create_task(lost())
        """,
    )


LEAK = """
import asyncio

lock = asyncio.Lock()

async def guarded():
    await lock.acquire()
    await asyncio.sleep(1)
    try:
        await asyncio.sleep(1)
    finally:
        lock.release()

def locked():
    return lock.locked()

def reset():
    global lock
    lock = asyncio.Lock()
"""


def test_cancelling_at_each_await_finds_a_lock_that_leaks_at_one(holds):
    """Each await gets one attempt, with its line; the one outside of `try` leaves the lock behind."""
    holds(
        """
        leaks = []
        attempts = []
        async for attempt in sandbox.cancel_at_each_await(student.guarded):
            attempts.append((attempt.number, attempt.outcome, attempt.line))
            if student.locked():
                leaks.append(attempt.line)
                student.reset()

        assert attempts == [(1, "cancelled", 8), (2, "cancelled", 10)]
        assert leaks == [8]
        """,
        # The first line of the source is empty.
        LEAK.replace("import asyncio\n", "import asyncio\n\n", 1).replace("\n\n\n", "\n\n"),
    )


def test_a_call_that_ignores_its_cancellation_shows_in_the_attempts(holds):
    """An attempt says whether the call was cancelled, returned or raised, and what."""
    holds(
        """
        attempts = [
            (attempt.outcome, attempt.value if attempt.outcome == "returned" else type(attempt.value).__name__)
            async for attempt in sandbox.cancel_at_each_await(student.stubborn)
        ]

        assert attempts == [("returned", "stayed"), ("raised", "ValueError")]
        """,
        """
        import asyncio

        async def stubborn():
            try:
                await asyncio.sleep(1)
            except asyncio.CancelledError:
                return "stayed"
            try:
                await asyncio.sleep(1)
            except asyncio.CancelledError:
                raise ValueError("no")
        """,
    )


def test_a_deadlock_between_test_and_submission_is_named_with_the_line(judge):
    """When the test waits for the submission and it for the test, the report says where the submission waits."""
    suite = '''
@pytest.mark.correctness
async def test_meeting(student):
    """Both meet."""
    met = asyncio.Event()

    async def meet():
        await met.wait()

    await asyncio.sleep(2)
    await student.come(meet)
'''
    source = (
        "import asyncio\n\nasync def come(meet):\n    gate = asyncio.Event()\n"
        "    await asyncio.gather(meet(), gate.wait())\n"
    )
    (outcome,) = judge(suite, source)
    waits = [fact.value for fact in outcome.facts if fact.name == "waits"]

    assert outcome.ending == "stuck"
    assert outcome.cause.startswith("Deadlock at 2 s")
    assert outcome.line == 5
    assert any("come, line 5" in wait for wait in waits)


def test_who_waits_while_the_test_goes_on_for_ever_is_named_with_the_line(judge):
    """No ten days of virtual time are gone through where nothing of what happens can reach the submission."""
    suite = '''
@pytest.mark.correctness
async def test_waiting(student):
    """It comes back."""
    async def tick():
        while True:
            await asyncio.sleep(0.25)

    async with asyncio.TaskGroup() as group:
        ticking = group.create_task(tick())
        await student.come()
        ticking.cancel()
'''
    (outcome,) = judge(suite, "import asyncio\n\nasync def come():\n    await asyncio.Event().wait()\n")

    assert outcome.ending == "stuck"
    assert outcome.cause == "The code waits for ever: what goes on around it never gives it anything to do."
    assert outcome.virtual_seconds < 6000
    assert outcome.line == 4
    assert any("come, line 4" in fact.value for fact in outcome.facts if fact.name == "waits")


def test_all_kinds_of_names_can_be_used(holds):
    """Plain functions, constants, classes, properties, async generators and async context managers."""
    holds(
        """
        assert student.parse("1,2") == [1, 2]
        assert student.LIMIT == 3
        async with student.Pool(2) as pool:
            assert (pool.size, pool.free, await pool.take()) == (2, 2, 1)
            assert pool.free == 1
        assert pool.closed is True
        assert [item async for item in student.ticker(3)] == [0, 1, 2]
        assert now() == 3
        assert student.Policy(attempts=2).attempts == 2
        assert student.describe(student.Policy(attempts=7)) == "Policy(attempts=7)"
        with pytest.raises(sandbox.error("Full")) as caught:
            await pool.overfill()
        assert caught.value.args == (2,)
        async with student.section("a") as name:
            assert name == "A"
        """,
        """
        import asyncio
        import contextlib
        import dataclasses

        LIMIT = 3

        class Full(Exception):
            pass

        @dataclasses.dataclass
        class Policy:
            attempts: int

        def describe(policy):
            return repr(policy)

        def parse(text):
            return [int(word) for word in text.split(",")]

        class Pool:
            def __init__(self, size):
                self.size = size
                self.taken = 0
                self.closed = False

            @property
            def free(self):
                return self.size - self.taken

            async def take(self):
                await asyncio.sleep(0)
                self.taken += 1
                return self.taken

            async def overfill(self):
                raise Full(self.size)

            async def __aenter__(self):
                return self

            async def __aexit__(self, *exc):
                self.closed = True

        async def ticker(n):
            for step in range(n):
                await asyncio.sleep(1)
                yield step

        @contextlib.asynccontextmanager
        async def section(name):
            yield name.upper()
        """,
    )


def test_a_generator_of_the_test_can_be_closed_by_the_submission(holds):
    """An async generator that a test passes in is closed where the submission closes it."""
    holds(
        """
        left = []

        async def ticker():
            try:
                while True:
                    await asyncio.sleep(1)
                    yield now()
            finally:
                left.append(now())

        generator = ticker()
        assert await student.first_two(generator) == [1.0, 2.0]
        assert left == [2.0]
        """,
        """
        import contextlib

        async def first_two(ticks):
            async with contextlib.aclosing(ticks):
                return [await anext(ticks), await anext(ticks)]
        """,
    )


def test_every_clock_of_the_submission_is_the_world_s(holds):
    """`time.time`, `time.monotonic`, `perf_counter` and `datetime.now` move with the virtual clock."""
    holds(
        """
        await asyncio.sleep(100)

        assert await student.clocks(50) == [50, 50, 50, 50]
        """,
        """
        import asyncio
        import datetime
        import time

        def read():
            return [time.time(), time.monotonic(), time.perf_counter(), datetime.datetime.now().timestamp()]

        async def clocks(seconds):
            before = read()
            await asyncio.sleep(seconds)
            return [round(after - was, 6) for after, was in zip(read(), before)]
        """,
    )


def test_no_state_passes_from_test_to_test(judge):
    """Each test has a fresh process, a clock at zero and a network of its own."""
    suite = "".join(
        f'''
@pytest.mark.correctness
async def test_{n}(student, http):
    """It counts to one."""
    assert await student.count() == 1
    assert http.log == []
    assert asyncio.get_running_loop().time() == 1
'''
        for n in range(3)
    )
    source = (
        "import asyncio\ntotal = 0\nasync def count():\n    global total\n"
        "    await asyncio.sleep(1)\n    total += 1\n    return total\n"
    )

    assert [outcome.ending for outcome in judge(suite, source)] == ["passed"] * 3


def test_a_huge_integer_is_rejected_like_any_wrong_answer(judge):
    """An answer that Python refuses to print is shown in another way."""
    suite = '''
@pytest.mark.correctness
async def test_answer(student):
    """The answer is 42."""
    assert await student.answer() == 42
'''

    (outcome,) = judge(suite, "async def answer():\n    return 10 ** 6000\n")
    (nested,) = judge(suite, "async def answer():\n    return [10 ** 6000]\n")

    assert (outcome.ending, nested.ending) == ("rejected", "rejected")
    assert [fact.name for fact in outcome.facts] == ["expected", "got", "checked", "when"]


@pytest.mark.parametrize("name", ["KeyboardInterrupt", "SystemExit", "GeneratorExit"])
def test_an_exception_that_bears_the_name_of_an_interrupt_is_charged(judge, name):
    """A class dressed up as an exception that ends programs ends this test alone."""
    suite = '''
@pytest.mark.correctness
async def test_async(student):
    """It answers."""
    await student.answer()

@pytest.mark.correctness
async def test_plain(student):
    """It answers."""
    student.plain()

@pytest.mark.correctness
async def test_next(student):
    """It goes on."""
    assert student.one() == 1
'''
    source = f"""
class Dressed(Exception):
    pass
Dressed.__qualname__ = "{name}"
Dressed.__module__ = "builtins"
async def answer():
    raise Dressed
def plain():
    raise Dressed
def one():
    return 1
"""
    outcomes = judge(suite, source)

    assert [outcome.ending for outcome in outcomes] == ["raised", "raised", "passed"]


def test_a_malformed_answer_is_charged_even_where_it_was_asked_at_once(judge):
    """A submission that reaches into the kit and sends nonsense breaks the rules; the grader does not fail."""
    suite = '''
@pytest.mark.correctness
async def test_plain(student):
    """It answers."""
    with pytest.raises(Exception):
        student.plain()
'''
    source = """
from grader.boundary import values
values.Packer.pack = lambda self, value, depth=0: ["no such tag"]
def plain():
    return 1
"""
    (outcome,) = judge(suite, source)

    assert outcome.ending == "raised"
    assert "broke the rules of the grader's boundary" in outcome.cause
