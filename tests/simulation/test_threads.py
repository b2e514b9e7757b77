"""Threads take turns in virtual time."""

import asyncio
import concurrent.futures
import os
import queue
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from grader.simulation import Deadlock, Livelock, Machine, SimulatedLoop

ROOT = Path(__file__).parents[2]


def now():
    return asyncio.get_running_loop().time()


def run_program(source):
    """Run `source` in a fresh interpreter."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=60, env=environment)


async def test_threads_sleep_side_by_side():
    """Three threads that sleep 2 s each take 2 s."""
    await asyncio.gather(*(asyncio.to_thread(time.sleep, 2) for _ in range(3)))

    assert now() == 2


async def test_a_pool_of_two_takes_three_rounds_for_five_jobs():
    """Five jobs of 2 s in a pool of two threads take 6 s."""
    loop = asyncio.get_running_loop()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        await asyncio.gather(*(loop.run_in_executor(pool, time.sleep, 2) for _ in range(5)))

    assert now() == 6


async def test_threads_and_tasks_share_the_clock():
    """A task goes on while a thread sleeps."""
    seen = []

    def work():
        for _ in range(3):
            time.sleep(1)
            seen.append(("thread", time.monotonic()))

    async def beat():
        for _ in range(3):
            await asyncio.sleep(1.1)
            seen.append(("task", time.monotonic()))

    await asyncio.gather(asyncio.to_thread(work), beat())

    assert seen == [("thread", 1), ("task", 1.1), ("thread", 2), ("task", 2.2), ("thread", 3), ("task", 3.3)]


async def test_no_more_than_32_jobs_run_in_the_default_pool():
    """The default pool is as large on every machine: 33 jobs of 1 s take 2 s."""
    await asyncio.gather(*(asyncio.to_thread(time.sleep, 1) for _ in range(33)))

    assert now() == 2


async def test_a_thread_returns_values_and_raises():
    """Results and exceptions of a thread reach the task that awaits it."""
    assert await asyncio.to_thread(divmod, 7, 2) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        await asyncio.to_thread(divmod, 7, 0)


@pytest.mark.parametrize("kind", ["Queue", "SimpleQueue", "LifoQueue", "PriorityQueue"])
async def test_queues_hand_over_between_threads(kind):
    """A thread that waits in a queue gets the item when another one puts it."""
    items = getattr(queue, kind)()

    def put():
        time.sleep(2)
        items.put("item")

    def get():
        with pytest.raises(queue.Empty):
            items.get(timeout=0.5)
        return items.get(), time.monotonic()

    _, got = await asyncio.gather(asyncio.to_thread(put), asyncio.to_thread(get))

    assert got == ("item", 2)


async def test_a_full_queue_holds_its_producer():
    """`put` waits for room, as long as that takes."""
    items = queue.Queue(maxsize=1)

    def produce():
        for n in range(3):
            items.put(n)
        return time.monotonic()

    def consume():
        for _ in range(3):
            time.sleep(1)
            items.get()
            items.task_done()
        items.join()

    filled, _ = await asyncio.gather(asyncio.to_thread(produce), asyncio.to_thread(consume))

    assert filled == 2


async def test_condition_wakes_those_who_wait():
    """`Condition.notify_all` wakes every waiter, and a timeout comes on time."""
    condition = threading.Condition()

    def wait(timeout=None):
        with condition:
            return condition.wait(timeout), time.monotonic()

    def notify():
        time.sleep(2)
        with condition:
            condition.notify_all()

    results = await asyncio.gather(
        asyncio.to_thread(wait),
        asyncio.to_thread(wait, 1),
        asyncio.to_thread(wait, 3),
        asyncio.to_thread(notify),
    )

    assert results[:3] == [(True, 2), (False, 1), (True, 2)]


async def test_event_wakes_and_times_out():
    """`Event.wait` returns when the event is set, or at its timeout."""
    event = threading.Event()

    def wait(timeout):
        return event.wait(timeout), time.monotonic()

    def set_later():
        time.sleep(2)
        event.set()

    early, late, _ = await asyncio.gather(
        asyncio.to_thread(wait, 1), asyncio.to_thread(wait, None), asyncio.to_thread(set_later)
    )

    assert early == (False, 1)
    assert late == (True, 2)


async def test_barrier_waits_for_the_last():
    """A barrier opens when the last party has come."""
    barrier = threading.Barrier(3)

    def come(after):
        time.sleep(after)
        barrier.wait()
        return time.monotonic()

    assert await asyncio.gather(*(asyncio.to_thread(come, n) for n in (1, 2, 3))) == [3, 3, 3]


async def test_broken_barrier_times_out():
    """A barrier that waits in vain breaks at its timeout."""
    barrier = threading.Barrier(2)

    def come():
        with pytest.raises(threading.BrokenBarrierError):
            barrier.wait(timeout=5)
        return time.monotonic()

    assert await asyncio.to_thread(come) == 5


async def test_semaphore_bounds_threads():
    """At most two of six threads hold a semaphore of two."""
    semaphore = threading.BoundedSemaphore(2)

    def work():
        with semaphore:
            time.sleep(1)

    await asyncio.gather(*(asyncio.to_thread(work) for _ in range(6)))

    assert now() == 3


async def test_locks_exclude():
    """A lock that is held across a sleep keeps the others out; a reentrant one lets its owner in."""
    lock, reentrant = threading.Lock(), threading.RLock()

    def work():
        with lock, reentrant, reentrant:
            time.sleep(1)

    await asyncio.gather(*(asyncio.to_thread(work) for _ in range(3)))

    assert now() == 3
    assert not lock.locked()


async def test_lock_refuses_what_a_lock_refuses():
    """A simulated lock raises what a real one raises."""
    lock = threading.Lock()

    with pytest.raises(RuntimeError, match="release unlocked lock"):
        lock.release()
    with pytest.raises(ValueError, match="non-blocking"):
        lock.acquire(False, 1)
    with pytest.raises(ValueError, match="non-negative"):
        lock.acquire(timeout=-2)


async def test_join_waits_for_a_thread():
    """`Thread.join` waits in virtual time, with and without a timeout."""

    def main():
        thread = threading.Thread(target=time.sleep, args=(3,))
        thread.start()
        thread.join(timeout=1)
        first = (time.monotonic(), thread.is_alive())
        thread.join()
        return first, (time.monotonic(), thread.is_alive())

    assert await asyncio.to_thread(main) == ((1, True), (3, False))


async def test_join_of_oneself_is_refused():
    """A thread that joins itself gets threading's error, no deadlock."""

    def main():
        threading.current_thread().join()

    with pytest.raises(RuntimeError, match="cannot join current thread"):
        await asyncio.to_thread(main)


async def test_timers_fire_and_can_be_cancelled():
    """`threading.Timer` runs at its virtual time, unless cancelled."""
    fired = []
    first = threading.Timer(2, lambda: fired.append(time.monotonic()))
    second = threading.Timer(1, lambda: fired.append("never"))
    first.start()
    second.start()
    second.cancel()
    await asyncio.sleep(3)

    assert fired == [2]


async def test_a_thread_reaches_the_loop():
    """`run_coroutine_threadsafe` runs a coroutine on the loop while the thread waits for its result."""
    loop = asyncio.get_running_loop()

    async def answer():
        await asyncio.sleep(1)
        return 42

    def ask():
        return asyncio.run_coroutine_threadsafe(answer(), loop).result(timeout=5), time.monotonic()

    assert await asyncio.to_thread(ask) == (42, 1)


async def test_a_threads_wait_for_the_loop_times_out():
    """A result that comes too late is a timeout at its virtual time."""
    loop = asyncio.get_running_loop()

    def ask():
        with pytest.raises(TimeoutError):
            asyncio.run_coroutine_threadsafe(asyncio.sleep(9), loop).result(timeout=2)
        return time.monotonic()

    assert await asyncio.to_thread(ask) == 2


async def test_call_soon_threadsafe_wakes_the_loop():
    """A thread sets an asyncio event by way of `call_soon_threadsafe`."""
    loop, event = asyncio.get_running_loop(), asyncio.Event()

    def work():
        time.sleep(2)
        loop.call_soon_threadsafe(event.set)

    thread = threading.Thread(target=work)
    thread.start()
    await event.wait()

    assert now() == 2


@pytest.mark.parametrize("function", ["call_soon", "call_later", "create_task"])
async def test_foreign_threads_are_refused(function):
    """Functions of the loop that are not thread-safe say so in another thread, without debug mode."""
    loop = asyncio.get_running_loop()

    def work():
        if function == "create_task":
            coroutine = asyncio.sleep(0)
            try:
                loop.create_task(coroutine)
            finally:
                coroutine.close()
        elif function == "call_later":
            loop.call_later(1, print)
        else:
            loop.call_soon(print)

    with pytest.raises(RuntimeError, match="Non-thread-safe operation"):
        await asyncio.to_thread(work)


async def test_as_completed_of_futures_comes_in_order():
    """`concurrent.futures` yields its results as they come, in virtual time."""

    def main():
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            futures = [pool.submit(lambda s=s: time.sleep(s) or s) for s in (3, 1, 2)]
            order = [future.result() for future in concurrent.futures.as_completed(futures)]
            done, pending = concurrent.futures.wait([pool.submit(time.sleep, 5)], timeout=1)
            return order, len(done), len(pending), time.monotonic()

    assert await asyncio.to_thread(main) == ([1, 2, 3], 0, 1, 4)


async def test_cancelled_to_thread_lets_the_thread_go_on():
    """Cancelling the await leaves the thread running, as in production."""
    done = []

    def work():
        time.sleep(3)
        done.append(time.monotonic())

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.to_thread(work), 1)
    assert now() == 1
    await asyncio.sleep(5)

    assert done == [3]


async def test_two_loops_share_one_machine():
    """Two loops in two threads share clock and network."""
    machine = asyncio.get_running_loop().machine

    async def serve():
        async def answer(reader, writer):
            await asyncio.sleep(2)
            writer.write(b"hello")
            writer.close()

        async with await asyncio.start_server(answer, "greeter.test", 7):
            await asyncio.sleep(10)
        return now()

    def other_loop():
        with asyncio.Runner(loop_factory=lambda: SimulatedLoop(machine)) as runner:
            return runner.run(serve())

    server = asyncio.create_task(asyncio.to_thread(other_loop))
    await asyncio.sleep(1)
    reader, writer = await asyncio.open_connection("greeter.test", 7)
    assert await reader.read() == b"hello"
    assert now() == 3
    writer.close()

    assert await server == 10


def test_a_machine_runs_in_one_thread_at_a_time():
    """A second thread, unknown to the machine, cannot run it at the same time."""
    machine = Machine()
    # Locks from before the machine ran are real, and so is waiting for them.
    entered, leave = threading.Lock(), threading.Lock()
    entered.acquire()
    leave.acquire()

    def first():
        with machine.running():
            entered.release()
            leave.acquire()

    thread = threading.Thread(target=first)
    thread.start()
    entered.acquire()

    with pytest.raises(RuntimeError, match="already runs in another thread"), machine.running():
        pass
    leave.release()
    thread.join()


def test_jobs_wait_for_the_machine():
    """A job given to the pool before the loop runs takes place once it does."""
    loop = SimulatedLoop()
    future = loop.run_in_executor(None, lambda: time.sleep(2) or time.monotonic())

    assert loop.run_until_complete(future) == 2
    loop.close()


def test_threads_stand_still_between_runs():
    """Between two runs of a loop a thread stands still, and goes on with the next run."""
    seen = []

    def work():
        time.sleep(5)
        seen.append(time.monotonic())

    async def start():
        threading.Thread(target=work).start()
        await asyncio.sleep(1)

    with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
        runner.run(start())
        assert seen == []
        runner.run(asyncio.sleep(10))

    assert seen == [5]


def test_closing_waits_for_jobs_in_virtual_time():
    """Closing a runner waits for the jobs of its pool, in no real time."""
    seen = []

    def work():
        time.sleep(3600)
        seen.append(time.monotonic())

    async def start():
        asyncio.get_running_loop().run_in_executor(None, work)

    with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
        runner.run(start())

    assert seen == [3600]


def test_closing_does_not_count_as_blocking():
    """While a closing runner waits for jobs, its loop runs on, and a job can still reach it."""
    blocked, answers = [], []

    def work(loop):
        time.sleep(3)
        answers.append(asyncio.run_coroutine_threadsafe(asyncio.sleep(1, "answer"), loop).result())

    async def start():
        loop = asyncio.get_running_loop()
        loop.machine.on_blocked = lambda start, end: blocked.append((start, end))
        loop.run_in_executor(None, work, loop)

    with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
        runner.run(start())

    assert blocked == []
    assert answers == ["answer"]


async def test_a_pool_that_was_shut_down_takes_no_jobs():
    """After `shutdown_default_executor` there is no default pool any more."""
    loop = asyncio.get_running_loop()
    await loop.shutdown_default_executor()

    with pytest.raises(RuntimeError, match="shutdown"):
        loop.run_in_executor(None, print)


async def test_impossible_sleeps_are_refused():
    """`time.sleep` refuses what the real one refuses."""
    with pytest.raises(ValueError, match="non-negative"):
        time.sleep(-1)
    with pytest.raises(ValueError, match="non-negative"):
        time.sleep(float("nan"))
    with pytest.raises(OverflowError):
        time.sleep(float("inf"))
    with pytest.raises(TypeError):
        time.sleep("1")


def test_threads_that_wait_for_ever_are_a_deadlock():
    """A thread that nobody will ever wake is named with its line."""

    def stuck():
        threading.Event().wait()

    async def main():
        await asyncio.to_thread(stuck)

    with (
        pytest.raises(Deadlock, match=r"stuck \(test_threads.py, line \d+\) waits in Event.wait"),
        asyncio.Runner(loop_factory=SimulatedLoop) as runner,
    ):
        runner.run(main())


def test_threads_that_wake_each_other_for_ever_are_a_livelock():
    """Two threads that pass a ball without end, at one instant, are named with their lines."""

    def play(mine, yours):
        while True:
            yours.put(mine.get())

    async def main():
        first, second = queue.Queue(), queue.Queue()
        threading.Thread(target=play, args=(first, second)).start()
        threading.Thread(target=play, args=(second, first)).start()
        first.put("ball")
        await asyncio.sleep(1)

    loop = SimulatedLoop()
    with pytest.raises(Livelock, match=r"thread Thread-\d+ \(play\): .*play \(test_threads.py, line \d+\) waits in Q"):
        loop.run_until_complete(main())


@pytest.mark.parametrize(
    "body",
    [
        "pool.submit(time.sleep, 3600)",
        "pool.submit(time.sleep, 1); await asyncio.sleep(2)",
        "threading.Thread(target=time.sleep, args=(3600,)).start()",
        "threading.Thread(target=threading.Event().wait).start()",
        "threading.Timer(3600, print).start()",
        "await asyncio.sleep(1)",
    ],
)
@pytest.mark.parametrize("close", ["loop.close()", "pass"])
def test_threads_left_behind_do_not_hold_up_the_interpreters_exit(body, close):
    """An interpreter ends at once, whatever threads and executors a machine has left behind."""
    program = f"""
import asyncio, concurrent.futures, threading, time
from grader.simulation import SimulatedLoop

async def main():
    global pool
    pool = concurrent.futures.ThreadPoolExecutor(2)
    {body}

loop = SimulatedLoop()
loop.run_until_complete(main())
{close}
print("end")
"""
    done = run_program(program)

    assert done.stdout == "end\n"
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("work", ["loop.run_in_executor(pool, time.sleep, 1)", "asyncio.to_thread(time.sleep, 1)"])
def test_executors_from_outside_work(work):
    """An executor made before the machine runs, and shut down after it, works in virtual time."""
    program = f"""
import asyncio, concurrent.futures, time
from grader.simulation import SimulatedLoop

async def main():
    loop = asyncio.get_running_loop()
    await asyncio.gather(*({work} for _ in range(4)))
    return loop.time()

with concurrent.futures.ThreadPoolExecutor(2) as pool:
    with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
        print(runner.run(main()))
"""
    done = run_program(program)

    assert done.returncode == 0, done.stderr
    assert done.stdout == ("2.0\n" if "pool" in work else "1.0\n")
