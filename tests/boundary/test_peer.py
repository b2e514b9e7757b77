"""Two peers, joined by a link in memory: what one can do with the objects of the other."""

import asyncio
import dataclasses
import functools
import gc
import types
import weakref

import msgspec
import pytest

from grader.boundary.errors import CannotCross, ProtocolFault
from grader.boundary.messages import Call, Cancel, Cancelled, Cancelling, Raised, Returned
from grader.boundary.peer import Peer

DECODER = msgspec.msgpack.Decoder(Call | Cancel | Returned | Raised | Cancelled | Cancelling)


class Link:
    """Delivers to the other peer at the next turn of the loop, by way of MessagePack."""

    def __init__(self):
        self.other = None
        self.posted = []

    def post(self, message):
        arrived = DECODER.decode(msgspec.msgpack.encode(message))
        self.posted.append(arrived)
        if not isinstance(arrived, Cancelling):
            asyncio.get_running_loop().call_soon(self.other.receive, arrived)

    def ask(self, call):
        return self.other.answer(call)

    def block(self, ready):
        raise NotImplementedError


class Pair:
    """`near` calls what the namespace of `far` holds."""

    def __init__(self, members):
        self.links = Link(), Link()
        self.near = Peer(self.links[0])
        self.far = Peer(self.links[1], root=types.SimpleNamespace(**members))
        self.links[0].other, self.links[1].other = self.far, self.near

    def call(self, name, *args, **options):
        return self.near.call(0, "method", name, args, **options)

    def ask(self, name, *args):
        return self.near.ask(0, "method", name, *args)


def far(*functions, **members):
    """A pair of peers; `functions` live at the far end under their own names."""
    return Pair({function.__name__: function for function in functions} | members)


def now():
    return asyncio.get_running_loop().time()


async def double(x, times=2):
    await asyncio.sleep(1)
    return x * times


def add(a, b):
    return a + b


# -- calls ----------------------------------------------------------------------------------------------


async def test_a_call_returns_what_the_coroutine_returns():
    """Awaiting a call takes as long as the coroutine and gives its value."""
    pair = far(double)

    assert await pair.call("double", 21) == 42
    assert await pair.near.call(0, "method", "double", ("ab",), {"times": 3}) == "ababab"
    assert now() == 2


async def test_a_plain_function_answers_at_once():
    """A plain function is asked and has answered when the call returns."""
    assert far(add).ask("add", 1, 2) == 3


async def test_calls_run_side_by_side_and_end_in_any_order():
    """Each answer finds its call."""

    async def echo(delay):
        await asyncio.sleep(delay)
        return delay

    pair = far(echo)

    assert await asyncio.gather(*(pair.call("echo", delay) for delay in (3, 1, 2))) == [3, 1, 2]
    assert now() == 3


async def test_exceptions_come_out_of_the_await():
    """What the coroutine raises is raised by the call, marked with the side it comes from."""

    async def fail():
        raise LookupError("gone", 7)

    with pytest.raises(LookupError) as caught:
        await far(fail).call("fail")

    assert caught.value.args == ("gone", 7)
    assert caught.value.__from_sandbox__


async def test_exceptions_of_plain_functions_are_raised_by_the_caller():
    """What a plain function raises is raised where it was asked."""

    def fail():
        raise LookupError("gone")

    with pytest.raises(LookupError, match="gone"):
        far(fail).ask("fail")


async def test_an_exception_that_is_false_is_raised_all_the_same():
    """An exception with a length of zero counts as raised."""

    class Empty(Exception):
        def __len__(self):
            return 0

    async def fail():
        raise Empty("nothing")

    with pytest.raises(Exception, match="nothing") as caught:
        await far(fail).call("fail")

    assert type(caught.value).__name__ == "Empty"


async def test_an_exception_that_cannot_cross_is_answered_by_its_name():
    """The caller is told even where the exception itself cannot be sent."""

    async def fail():
        group = ValueError()
        for _ in range(150):
            group = ExceptionGroup("deeper", [group])
        raise group

    with pytest.raises(TypeError, match="ExceptionGroup cannot be passed on: a value nested more than 100 levels"):
        await far(fail).call("fail")


async def test_a_result_that_cannot_cross_is_an_error_of_the_call():
    """A call that returns what may not cross ends with CannotCross instead of hanging."""

    async def loop_for_ever():
        made = []
        made.append(made)
        return made

    pair = far(loop_for_ever)

    with pytest.raises(TypeError, match="cannot be passed on"):
        await pair.call("loop_for_ever")
    with pytest.raises(CannotCross):
        pair.near.packer.pack((lambda made: made.append(made) or made)([]))


async def test_calling_what_is_no_coroutine_function_says_so():
    """Awaiting a plain function is a TypeError that names what came instead."""
    with pytest.raises(TypeError, match=r"add\(\) returned int, which cannot be awaited"):
        await far(add).call("add", 1, 2)


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt])
async def test_nothing_that_ends_a_program_is_raised_by_name(kind):
    """An answer that claims SystemExit or KeyboardInterrupt is a protocol fault, not raised here."""
    pair = far(add)
    claim = Raised(1, pair.far.packer.pack(kind("end")))

    with pytest.raises(ProtocolFault, match=f"was said to have raised {kind.__name__}"):
        pair.near.exception(claim)


@pytest.mark.parametrize(
    ("target", "operation", "name", "sentence"),
    [
        (9, "call", "f", "something that was never passed on was called"),
        (0, "get", "__class__", "a private attribute was asked for"),
        (0, "method", "_secret", "a private attribute was asked for"),
        (0, "set", "__dict__", "a private attribute was asked for"),
    ],
)
async def test_only_what_was_passed_on_can_be_reached(target, operation, name, sentence):
    """Unknown numbers and private names are protocol faults."""
    pair = far(add)

    with pytest.raises(ProtocolFault, match=sentence):
        pair.far.answer(Call(1, target, operation, name, [], {}))


# -- cancellation -------------------------------------------------------------------------------------------


async def test_cancelling_the_awaiting_task_cancels_the_coroutine():
    """The call ends when the far task has ended, clean-up included."""
    seen = []

    async def work():
        try:
            await asyncio.sleep(60)
        finally:
            seen.append(now())
            await asyncio.sleep(2)

    pair = far(work)

    async def caller():
        await pair.call("work")

    task = asyncio.create_task(caller())
    await asyncio.sleep(1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert seen == [1]
    assert now() == 3


async def test_a_second_cancellation_interrupts_the_clean_up():
    """Cancelling twice cancels the far task twice."""
    seen = []

    async def work():
        try:
            await asyncio.sleep(60)
        finally:
            try:
                await asyncio.sleep(60)
            finally:
                seen.append(now())

    pair = far(work)

    async def caller():
        await pair.call("work")

    task = asyncio.create_task(caller())
    for _ in range(2):
        await asyncio.sleep(1)
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert seen == [2]
    assert now() == 2


async def test_a_swallowed_cancellation_returns_its_value():
    """A coroutine that ignores its cancellation ends the call as it ends itself."""

    async def work():
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            return "stayed"

    pair = far(work)
    call = pair.call("work")
    await asyncio.sleep(1)
    call.cancel()

    assert await call == "stayed"


async def test_a_call_that_is_over_cannot_be_cancelled():
    """Cancelling after the end changes nothing and sends nothing."""
    pair = far(double)
    call = pair.call("double", 1)
    await call
    sent = len(pair.links[0].posted)

    assert call.cancel() is False
    assert len(pair.links[0].posted) == sent


async def test_cancellation_crosses_back_into_a_callback():
    """A far task that cancels the callback it awaits cancels the near coroutine."""
    seen = []

    async def slow():
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            seen.append(now())
            raise

    async def impatient(callback):
        try:
            async with asyncio.timeout(2):
                await callback()
        except TimeoutError:
            return "too slow"

    assert await far(impatient).call("impatient", slow) == "too slow"
    assert seen == [2]


async def test_closing_a_peer_cancels_what_waits_for_it():
    """When the other side is gone, its calls end by cancellation."""

    async def never():
        await asyncio.Event().wait()

    pair = far(never)
    call = pair.call("never")
    await asyncio.sleep(1)
    pair.near.close()

    with pytest.raises(asyncio.CancelledError):
        await call


@pytest.mark.parametrize("number", [1, 2, 3, 4])
async def test_a_call_is_cancelled_exactly_at_the_wait_that_was_named(number):
    """`cancel_at=n` cancels at the n-th wait: not before it, and not after."""
    reached = []

    async def three_waits():
        for step in range(3):
            reached.append((step, now()))
            await asyncio.sleep(1)

    pair = far(three_waits)
    call = pair.call("three_waits", cancel_at=number)
    cancelled = False
    try:
        await call
    except asyncio.CancelledError:
        cancelled = True

    assert cancelled is (number <= 3)
    assert reached == [(step, step) for step in range(min(number, 3))]
    assert now() == min(number - 1, 3)
    assert [type(each) for each in pair.links[1].posted].count(Cancelling) == cancelled


async def test_a_lost_call_can_be_collected():
    """A task that nobody holds and that waits for a call vanishes, as one that waits for a socket would."""

    async def never():
        await asyncio.Event().wait()

    pair = far(never)

    async def caller():
        await pair.call("never")

    task = asyncio.create_task(caller())
    await asyncio.sleep(1)
    remembered = weakref.ref(task)
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
    del task
    gc.collect()

    assert remembered() is None


# -- callbacks -------------------------------------------------------------------------------------------------


async def test_functions_are_called_back_as_what_they_are():
    """Plain functions stay plain and coroutine functions stay coroutine functions; partials and methods too."""

    class Counter:
        def __init__(self):
            self.total = 0

        async def add(self, n):
            await asyncio.sleep(1)
            self.total += n
            return self.total

    async def use(plain, coroutine_function, partial, method):
        kinds = [asyncio.iscoroutinefunction(each) for each in (plain, coroutine_function, partial, method)]
        return kinds, plain(1, 2), await coroutine_function(2), await partial(), await method(5)

    counter = Counter()
    result = await far(use).call("use", add, double, functools.partial(double, 4), counter.add)

    assert result == ([False, True, True, True], 3, 4, 8, 5)
    assert counter.total == 5


async def test_exceptions_of_callbacks_reach_the_far_code():
    """The far code can catch what a callback raises."""

    def fail():
        raise KeyError("plain")

    async def fail_later():
        await asyncio.sleep(1)
        raise KeyError("async")

    async def use(fail, fail_later):
        caught = []
        try:
            fail()
        except KeyError as exc:
            caught.append(exc.args)
        try:
            await fail_later()
        except KeyError as exc:
            caught.append(exc.args)
        return caught

    assert await far(use).call("use", fail, fail_later) == [("plain",), ("async",)]


async def test_functions_come_back_as_results():
    """A function that the far side returns can be called here."""

    def adder(n):
        return lambda m: n + m

    assert far(adder).ask("adder", 3)(4) == 7


async def test_a_coroutine_can_be_passed_in_and_awaited_there():
    """A coroutine object of this side is awaited by the far side, once."""

    async def both(first, second):
        return await asyncio.gather(first, second)

    assert await far(both).call("both", double(1), double(2)) == [2, 4]
    assert now() == 1


async def test_a_handle_that_comes_back_is_the_original_object():
    """An object that crosses twice is itself again, on either side."""
    kept = []

    class Token:
        pass

    def keep(token):
        kept.append(token)
        return token

    def make():
        kept.append(Token())
        return kept[-1]

    def is_last(token):
        return token is kept[-1]

    pair = far(keep, make, is_last)
    token = Token()

    assert pair.ask("keep", token) is token
    assert pair.ask("keep", add) is add
    assert pair.ask("is_last", pair.ask("make"))
    assert pair.ask("keep", [token, {"again": token}]) == [token, {"again": token}]


# -- handles -----------------------------------------------------------------------------------------------------


class Pool:
    """What a student's class may look like."""

    made = 0

    def __init__(self, size):
        self.size = size
        self.open = False
        Pool.made += 1

    @property
    def free(self):
        return self.size - 1

    def resize(self, size):
        self.size = size
        return self

    @classmethod
    def of_two(cls):
        return cls(2)

    async def acquire(self):
        await asyncio.sleep(1)
        return self.size

    def __len__(self):
        return self.size

    async def __aenter__(self):
        self.open = True
        return self

    async def __aexit__(self, kind, exc, traceback):
        self.open = False
        return isinstance(exc, KeyError)


async def test_an_object_keeps_its_methods_attributes_and_properties():
    """A stand-in answers like the original: methods of both kinds, attributes read and set, properties, len()."""
    pool = far(Pool).ask("Pool", 5)
    size_before = pool.size
    pool.size = 7

    assert (size_before, pool.size, pool.free, len(pool)) == (5, 7, 6, 7)
    assert pool.resize(3) is pool
    assert await pool.acquire() == 3
    assert now() == 1


async def test_a_class_is_called_and_used_through_its_stand_in():
    """A class that crosses makes instances there."""

    def get():
        return Pool

    pool_class = far(get).ask("get")

    assert pool_class(4).size == 4
    assert pool_class.of_two().size == 2


async def test_an_attribute_that_does_not_exist_is_an_attribute_error():
    """Missing and private attributes of a stand-in raise AttributeError."""
    pool = far(Pool).ask("Pool", 1)

    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        pool.nothing  # noqa: B018
    with pytest.raises(AttributeError):
        pool._private  # noqa: B018


async def test_an_async_context_manager_is_entered_and_left():
    """`async with` over a stand-in runs the far methods, and they see the exception."""
    pool = far(Pool).ask("Pool", 1)
    async with pool as entered:
        inside = pool.open
    async with pool:
        raise KeyError("swallowed there")

    assert entered is pool
    assert inside is True
    assert pool.open is False


async def test_an_exception_leaves_an_async_context_manager_that_does_not_swallow_it():
    """What the far `__aexit__` does not suppress goes on."""
    with pytest.raises(ValueError, match="goes on"):
        async with far(Pool).ask("Pool", 1):
            raise ValueError("goes on")


async def test_async_generators_are_iterated_step_by_step():
    """`async for` over a stand-in takes one item at a time, and the generator can be closed."""
    steps = []

    async def ticker(n):
        try:
            for step in range(n):
                steps.append(now())
                yield step
                await asyncio.sleep(1)
        finally:
            steps.append("closed")

    pair = far(ticker)
    items = [item async for item in pair.ask("ticker", 3)]
    generator = pair.ask("ticker", 3)
    first = await anext(generator)
    await generator.aclose()

    assert items == [0, 1, 2]
    assert first == 0
    assert steps == [0, 1, 2, "closed", 3, "closed"]


async def test_async_iterables_and_plain_generators_are_iterated():
    """Classes with `__aiter__`, plain generators and context managers work as in one process."""
    left = []

    class Lines:
        async def __aiter__(self):
            for line in ("a", "b"):
                yield line

    class Section:
        def __enter__(self):
            return "in"

        def __exit__(self, *exc):
            left.append(exc[0])

    def count(n):
        yield from range(n)

    pair = far(Lines, Section, count)
    with pair.ask("Section") as entered:
        pass

    assert [line async for line in pair.ask("Lines")] == ["a", "b"]
    assert list(pair.ask("count", 3)) == [0, 1, 2]
    assert (entered, left) == ("in", [None])


async def test_objects_in_records_cross_as_handles():
    """Handles travel inside plain containers and records."""

    @dataclasses.dataclass
    class Job:
        name: str
        run: object

    async def start(job, table):
        return await job.run(1) + table["add"](1, 2)

    assert await far(start).call("start", Job("a", double), {"add": add}) == 5
