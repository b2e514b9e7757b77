"""The clock moves when nothing can run, and only then."""

import asyncio
import datetime
import queue
import threading
import time

import pytest

from grader.simulation import Livelock, Machine, SimulatedLoop
from grader.simulation.patches import EPOCH


def now():
    return asyncio.get_running_loop().time()


async def test_time_begins_at_zero():
    """A fresh machine's clock shows zero."""
    assert now() == 0


async def test_an_hour_of_sleep_ends_exactly_an_hour_later():
    """Sleeping moves the clock by exactly what was asked for."""
    await asyncio.sleep(3600)

    assert now() == 3600


async def test_equal_deadlines_come_in_the_order_of_their_setting():
    """Tasks that sleep equally long wake in the order in which they fell asleep."""
    woken = []

    async def sleeper(n):
        await asyncio.sleep(1)
        woken.append(n)

    await asyncio.gather(*(sleeper(n) for n in range(200)))

    assert woken == list(range(200))


async def test_cancelled_timers_do_not_disturb_the_order():
    """Timers keep their order when others between them are cancelled."""
    loop = asyncio.get_running_loop()
    called = []
    handles = [loop.call_later(1, called.append, n) for n in range(300)]
    for handle in handles[::2]:
        handle.cancel()
    await asyncio.sleep(2)

    assert called == list(range(1, 300, 2))


async def test_ten_tenths_make_one():
    """Sums of sleeps meet: ten times 0.1 s is 1 s."""
    for _ in range(10):
        await asyncio.sleep(0.1)

    assert now() == 1.0


async def test_a_tenth_and_two_tenths_make_three_tenths():
    """Two ways to the same moment arrive at the same moment."""
    await asyncio.sleep(0.1)
    await asyncio.sleep(0.2)

    assert now() == 0.3


@pytest.mark.parametrize("target", [0.30000000000000004, 1e-7, 1e-12, 1.0000000001])
async def test_time_reaches_any_deadline(target):
    """A loop that sleeps until a deadline gets past it, however finely that is given."""
    while now() < target:
        await asyncio.sleep(target - now())

    assert now() == pytest.approx(target, abs=2e-9)


async def test_time_goes_on_after_fifty_years():
    """A clock so large that a nanosecond is lost in rounding still reaches its deadlines."""
    await asyncio.sleep(50 * 365 * 86400)
    start = now()
    await asyncio.sleep(0.5)

    assert now() - start == 0.5


async def test_time_stands_still_while_anything_can_run():
    """A thousand turns of the loop take no time."""
    for _ in range(1000):
        await asyncio.sleep(0)

    assert now() == 0


async def test_a_sleep_for_ever_does_not_keep_time_from_moving():
    """`sleep(inf)` waits for ever, and others do not wait with it."""
    forever = asyncio.create_task(asyncio.sleep(float("inf")))
    await asyncio.sleep(10)

    assert not forever.done()
    assert now() == 10
    forever.cancel()


async def test_timeout_comes_at_its_time():
    """`wait_for` and `timeout` fire exactly when they are due."""
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.Event().wait(), 1.5)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1.5):
            await asyncio.Event().wait()

    assert now() == 3


async def test_blocking_sleep_holds_up_everything():
    """`time.sleep` on the loop's thread moves the clock, and no task runs meanwhile."""
    woken = []

    async def heartbeat():
        while True:
            await asyncio.sleep(1)
            woken.append(now())

    asyncio.create_task(heartbeat())
    await asyncio.sleep(1.5)
    time.sleep(3)
    await asyncio.sleep(1.1)

    assert woken == [1, 4.5, 5.5]


async def test_blocking_sleep_is_reported():
    """A machine tells when its event loop stood still, from when to when."""
    blocked = []
    asyncio.get_running_loop().machine.on_blocked = lambda start, end: blocked.append((start, end))
    await asyncio.sleep(1)
    time.sleep(2)

    assert blocked == [(1, 3)]


async def test_blocking_sleep_in_a_thread_is_not_reported():
    """Only the loop's own thread blocks the loop."""
    blocked = []
    asyncio.get_running_loop().machine.on_blocked = lambda start, end: blocked.append((start, end))
    await asyncio.to_thread(time.sleep, 2)

    assert blocked == []
    assert now() == 2


async def test_blocking_wait_for_a_lock_is_reported():
    """Waiting for a thread's lock on the loop's thread blocks the loop too."""
    blocked = []
    asyncio.get_running_loop().machine.on_blocked = lambda start, end: blocked.append((start, end))
    lock = threading.Lock()
    lock.acquire()

    assert lock.acquire(timeout=2) is False
    assert blocked == [(0, 2)]


async def test_every_clock_follows():
    """The clocks of `time` and `datetime` show the machine's time."""
    await asyncio.sleep(90)

    assert time.time() == EPOCH + 90
    assert time.time_ns() == round((EPOCH + 90) * 1e9)
    assert time.monotonic() == 90
    assert time.monotonic_ns() == 90_000_000_000
    assert time.perf_counter() == 90
    assert datetime.datetime.now(datetime.UTC).timestamp() == EPOCH + 90
    assert datetime.datetime.now() == datetime.datetime.fromtimestamp(EPOCH + 90)
    assert datetime.datetime.utcnow() == datetime.datetime(2030, 1, 1, 0, 1, 30) + datetime.timedelta(hours=12)
    assert datetime.date.today() == datetime.datetime.now().date()
    assert time.gmtime().tm_year == time.localtime().tm_year == 2030
    assert time.strftime("%Y") == "2030"
    assert time.ctime().endswith("2030")


async def test_datetimes_are_plain():
    """What the machine's `datetime` makes are datetimes like any other."""
    moment = datetime.datetime.now()

    assert type(moment) is type(datetime.datetime(2020, 1, 1)) is type(moment + datetime.timedelta(1))
    assert isinstance(moment, datetime.datetime)
    assert not isinstance(datetime.date(2020, 1, 1), datetime.datetime)
    assert issubclass(datetime.datetime, datetime.date)


def test_originals_are_back_when_the_loop_stops():
    """Outside a running machine the process has its real clocks, locks and threads."""

    def functions():
        return (
            time.sleep, time.time, time.time_ns, time.monotonic, time.perf_counter, time.localtime,
            time.gmtime, time.ctime, time.strftime, datetime.datetime, datetime.date, threading.Lock,
            threading.RLock, threading.Thread.join, threading.Thread.is_alive, queue.SimpleQueue,
            asyncio.as_completed, asyncio.wait_for,
        )  # fmt: skip

    before = functions()

    async def main():
        return functions()

    with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
        inside = runner.run(main())

        assert functions() == before
    assert functions() == before
    assert inside != before


def test_originals_are_back_after_an_exception():
    """An exception out of the loop leaves nothing behind."""
    before = (time.sleep, threading.Lock)

    async def main():
        raise SystemExit(3)

    with pytest.raises(SystemExit), asyncio.Runner(loop_factory=SimulatedLoop) as runner:
        runner.run(main())

    assert (time.sleep, threading.Lock) == before


def test_other_threads_keep_real_time():
    """A thread that is no part of the machine sees real clocks and gets real locks."""
    seen = {}
    real_lock = type(threading.Lock())
    # Locks from before the machine ran are real, and so is waiting for them.
    start, done = threading.Lock(), threading.Lock()
    start.acquire()
    done.acquire()

    def outsider():
        start.acquire()
        seen.update(time=time.monotonic(), year=time.localtime().tm_year, lock=type(threading.Lock()))
        done.release()

    thread = threading.Thread(target=outsider)
    thread.start()

    async def main():
        start.release()
        done.acquire()

    with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
        runner.run(main())
    thread.join()

    assert seen["time"] != 0
    assert seen["year"] != 2030
    assert seen["lock"] is real_lock


async def test_endless_turns_are_a_livelock():
    """A loop of `sleep(0)` that never lets time move on is named, with its line."""
    loop = SimulatedLoop(Machine())

    async def poll():
        while True:
            await asyncio.sleep(0)

    with pytest.raises(Livelock, match=r"test_endless_turns_are_a_livelock.<locals>.poll \(test_clock.py, line \d+\)"):
        await asyncio.to_thread(asyncio.Runner(loop_factory=lambda: loop).run, poll())


async def test_endless_naps_are_a_livelock():
    """A loop of `time.sleep(0)` that never lets time move on is named."""
    with pytest.raises(Livelock, match=r"time.sleep\(0\)"):
        while True:
            time.sleep(0)


async def test_slow_callbacks_are_noticed_in_debug_mode(caplog):
    """asyncio's own warning about a slow callback works in virtual time."""
    asyncio.get_running_loop().set_debug(True)
    asyncio.get_running_loop().call_soon(time.sleep, 2)
    await asyncio.sleep(3)

    assert "took 2.000 seconds" in caplog.text
