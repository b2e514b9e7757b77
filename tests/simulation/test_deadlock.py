"""A world in which nothing can happen any more is named at once, with who waits for what."""

import asyncio
import queue
import threading

import pytest

from grader.simulation import Deadlock, Livelock, SimulatedLoop


def fault_of(main, kind=Deadlock):
    """Run `main` on a loop of its own until it fails; return the fault."""
    loop = SimulatedLoop()
    try:
        with pytest.raises(kind) as caught:
            loop.run_until_complete(main())
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        try:
            loop.run_until_complete(asyncio.sleep(0))
        finally:
            loop.close()
    return caught.value


def line_of(function, offset):
    return function.__code__.co_firstlineno + offset


def test_each_task_is_named_with_its_line():
    """The fault tells when, and for each task the function, the line and what it waits in."""

    async def worker(event):
        await event.wait()

    async def main():
        await asyncio.sleep(5)
        lock = asyncio.Lock()
        await lock.acquire()
        task = asyncio.create_task(worker(asyncio.Event()))
        async with lock:
            await task

    fault = fault_of(main)

    prefix = "test_each_task_is_named_with_its_line.<locals>"
    assert str(fault).splitlines() == [
        "Deadlock at 5 s: everything waits, and nothing is left that could wake it.",
        f"  {prefix}.main (test_deadlock.py, line {line_of(main, 5)}) waits in Lock.acquire "
        f"for itself: it took the lock in line {line_of(main, 3)}",
        f"  {prefix}.worker (test_deadlock.py, line {line_of(worker, 1)}) waits in Event.wait",
        f"  circle: {prefix}.main waits for itself",
    ]
    assert fault.time == 5


@pytest.mark.parametrize(
    ("wait", "call"),
    [
        (lambda: asyncio.Queue().get(), "Queue.get"),
        (lambda: asyncio.Event().wait(), "Event.wait"),
        (lambda: asyncio.Barrier(2).wait(), "Barrier.wait"),
        (lambda: asyncio.Semaphore(0).acquire(), "Semaphore.acquire"),
        (lambda: asyncio.sleep(float("inf")), "sleep"),
        (lambda: asyncio.Future(), ""),
    ],
)
def test_the_call_that_waits_is_named(wait, call):
    """The line names the function of asyncio that never returns."""

    async def main():
        await wait()

    (line,) = fault_of(main).waiting

    assert line.endswith(f"waits in {call}" if call else "waits")


def test_the_innermost_own_function_is_named():
    """Where one coroutine awaits another, the line is that of the innermost one."""

    async def inner():
        await asyncio.Event().wait()

    async def main():
        await asyncio.wait_for(inner(), None)

    (line, *_) = reversed(fault_of(main).waiting)

    assert "inner (test_deadlock.py" in line


def test_two_locks_in_opposite_order_are_a_deadlock():
    """The classic: two tasks that each hold what the other one wants. The circle names both."""

    async def take(one, other):
        async with one:
            await asyncio.sleep(1)
            async with other:
                pass

    async def main():
        first, second = asyncio.Lock(), asyncio.Lock()
        await asyncio.gather(take(first, second), take(second, first))

    fault = fault_of(main)

    main_line, *take_lines, circle = fault.waiting
    prefix = "test_two_locks_in_opposite_order_are_a_deadlock.<locals>"
    assert fault.time == 1
    assert main_line.endswith(f"waits for {prefix}.take (1) and {prefix}.take (2)")
    assert [line.partition(" waits ")[2] for line in take_lines] == [
        f"in Lock.acquire for {prefix}.take ({other}), which took the lock in line {line_of(take, 1)}"
        for other in (2, 1)
    ]
    assert circle == f"circle: {prefix}.take (1) → {prefix}.take (2) → {prefix}.take (1)"


def test_those_who_wait_in_a_row_are_no_circle():
    """A task that waits for one which waits for nobody known is told so, and no circle is drawn."""

    async def child():
        await asyncio.Event().wait()

    async def main():
        async with asyncio.TaskGroup() as group:
            group.create_task(child())

    group_line, child_line = fault_of(main).waiting

    assert group_line.endswith(
        "waits in TaskGroup.__aexit__ for test_those_who_wait_in_a_row_are_no_circle.<locals>.child"
    )
    assert child_line.endswith("waits in Event.wait")


def test_a_circle_may_lead_through_a_child():
    """A task that holds a lock, and awaits one which needs it, waits for itself in the end."""

    async def child(lock):
        async with lock:
            pass

    async def main():
        lock = asyncio.Lock()
        async with lock:
            await asyncio.create_task(child(lock))

    prefix = "test_a_circle_may_lead_through_a_child.<locals>"

    assert fault_of(main).waiting[-1] == f"circle: {prefix}.main → {prefix}.child → {prefix}.main"


def test_a_lock_kept_by_a_task_that_has_ended_is_told():
    """Whoever took it and forgot to release it is named, and is in no circle."""

    async def forget(lock):
        await lock.acquire()

    async def main():
        lock = asyncio.Lock()
        await asyncio.create_task(forget(lock))
        await lock.acquire()

    (line,) = fault_of(main).waiting

    prefix = "test_a_lock_kept_by_a_task_that_has_ended_is_told.<locals>"
    assert line.endswith(
        f"waits in Lock.acquire for {prefix}.forget, which took the lock in line {line_of(forget, 1)} and has ended"
    )


def test_locks_are_asyncio_s_own_again_afterwards():
    """Outside a simulated machine, a lock is what it was; one that was made inside works on."""
    with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
        lock = runner.run(made())

    assert "_locked" not in vars(asyncio.Lock)
    assert not lock.locked()
    asyncio.run(taken(lock))
    assert lock.locked()


async def made():
    lock = asyncio.Lock()
    async with lock:
        return lock


async def taken(lock):
    await lock.acquire()


def test_a_thread_that_blocks_the_loop_for_ever_is_a_deadlock():
    """A loop that waits for a thread's lock which nobody releases is stuck as a whole."""

    async def main():
        queue.Queue().get()

    fault = fault_of(main)

    assert "main (test_deadlock.py" in fault.waiting[0]


def test_threads_are_named():
    """A thread that waits for ever is listed under its name."""

    def take(lock):
        lock.acquire()

    async def main():
        lock = threading.Lock()
        lock.acquire()
        thread = threading.Thread(target=take, args=(lock,), name="taker")
        thread.start()
        await asyncio.to_thread(thread.join)

    fault = fault_of(main)

    assert any(line.startswith("thread taker: test_threads_are_named.<locals>.take (") for line in fault.waiting)


def test_a_server_alone_is_a_deadlock():
    """A server that nobody can ever call waits for ever."""

    async def main():
        server = await asyncio.start_server(print, "api.test", 80)
        await server.serve_forever()

    assert "main (test_deadlock.py" in fault_of(main).waiting[0]


def test_a_timer_far_away_is_no_deadlock():
    """As long as a timer is left, time goes on."""

    async def main():
        asyncio.get_running_loop().call_later(10**6, event.set)
        await event.wait()
        return asyncio.get_running_loop().time()

    event = asyncio.Event()
    with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
        assert runner.run(main()) == 10**6


def test_a_cancelled_timer_does_not_hide_a_deadlock():
    """A timer that was cancelled wakes nobody."""

    async def main():
        asyncio.get_running_loop().call_later(10, print).cancel()
        await asyncio.Event().wait()

    assert fault_of(main).time == 0


def test_the_loop_goes_on_after_a_deadlock():
    """After the fault the loop can still be run, to cancel what waits."""
    cancelled = []

    async def main():
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(1)
            cancelled.append(asyncio.get_running_loop().time())

    with pytest.raises(Deadlock), asyncio.Runner(loop_factory=SimulatedLoop) as runner:
        runner.run(main())

    assert cancelled == [1]


def test_a_spinning_task_is_named():
    """A task that never stops asking is a livelock, with its line."""

    async def main():
        done = False
        while not done:
            await asyncio.sleep(0)

    fault = fault_of(main, Livelock)

    assert str(fault).startswith("Livelock at 0 s: the event loop turned")
    assert "main (test_deadlock.py, line" in fault.waiting[0]
    assert fault.waiting[0].endswith("waits in sleep") or fault.waiting[0].endswith("waits in __sleep0")


def test_callbacks_that_call_each_other_for_ever_are_a_livelock():
    """`call_soon` in a circle is noticed without any task in it."""

    async def main():
        loop = asyncio.get_running_loop()

        def again():
            loop.call_soon(again)

        again()
        await asyncio.sleep(1)

    assert fault_of(main, Livelock).time == 0
