"""The hidden suite of exercise 10."""

import asyncio
import random

import aiohttp
import pytest

#: Which exception it is, is the matter of other tests.
ANY_FAILURE = (aiohttp.ClientError, TimeoutError, ExceptionGroup)
STILL_RUNNING = "Requests were still running when the call ended."


def now() -> float:
    return asyncio.get_running_loop().time()


class Theatres:
    """Theatres that sell over mocked HTTP, under URLs, seats and receipts that nobody can have foreseen."""

    def __init__(self, http):
        self.http = http
        self.receipts = {}

    def sells(self, *, reserve=1.0, charge=2.0, release=0.5, reserve_status=200, charge_status=200, receipt=True):
        """A theatre whose answers take as many seconds as they say, and may lack the receipt; its URL."""
        url = f"https://theatre.test/{random.randrange(10**9)}"
        seat, self.receipts[url] = str(random.randrange(10**6)), f"receipt-{random.randrange(10**9)}"
        routes = {"latency": reserve, "status": reserve_status, "repeat": True}
        self.http.post(f"{url}/seats", payload={"seat": seat}, **routes)
        routes = {"latency": charge, "status": charge_status, "repeat": True}
        answer = {"receipt": self.receipts[url]} if receipt else {}
        self.http.post(f"{url}/seats/{seat}/charge", payload=answer, **routes)
        self.http.delete(f"{url}/seats/{seat}", latency=release, repeat=True)
        return url

    def reservations(self):
        return [request for request in self.http.log if request.url.name == "seats"]

    def charges(self):
        return [request for request in self.http.log if request.url.name == "charge"]

    def releases(self):
        return [request for request in self.http.log if request.method == "DELETE"]


@pytest.fixture
def theatres(http):
    return Theatres(http)


async def order_and_leave(student, sandbox, url, *moments):
    """Place an order and cancel it at each of `moments`; how it ended."""
    order = asyncio.create_task(student.place_order(await sandbox.session(), url))
    for moment in moments:
        await asyncio.sleep(moment - now())
        order.cancel()
    [ending] = await asyncio.gather(order, return_exceptions=True)
    return ending if isinstance(ending, str) else type(ending).__name__


def spans(requests):
    """When each request arrived, when it ended, and how."""
    return [(request.arrived, request.ended, request.how) for request in requests]


@pytest.mark.correctness(points=1)
async def test_receipt_is_returned(student, sandbox, theatres):
    """The receipt of the charge is returned, and the seat is not released."""
    url = theatres.sells()

    assert await student.place_order(await sandbox.session(), url) == theatres.receipts[url]
    assert theatres.releases() == []


@pytest.mark.correctness(points=1)
async def test_failed_reservation_is_raised(student, sandbox, theatres, http):
    """If the reservation fails, its exception is raised as it is, and nothing else is sent."""
    status = random.choice([404, 409, 503])
    url = theatres.sells(reserve_status=status)

    with pytest.raises(aiohttp.ClientResponseError) as caught:
        await student.place_order(await sandbox.session(), url)
    assert caught.value.status == status
    assert len(http.log) == 1, "Something was sent after the reservation."


@pytest.mark.correctness(points=2)
async def test_failed_charge_releases_the_seat(student, sandbox, theatres):
    """If the charge fails, the seat is released, once."""
    url = theatres.sells(charge_status=402)

    with pytest.raises(ANY_FAILURE):
        await student.place_order(await sandbox.session(), url)
    assert [release.how for release in theatres.releases()] == ["answered"]


@pytest.mark.correctness(points=1)
async def test_failed_charge_is_raised_as_it_is(student, sandbox, theatres):
    """If the charge fails, its own exception is raised, not a group."""
    status = random.choice([402, 409, 503])
    url = theatres.sells(charge_status=status)

    with pytest.raises(aiohttp.ClientResponseError) as caught:
        await student.place_order(await sandbox.session(), url)
    assert caught.value.status == status


@pytest.mark.correctness(points=1)
async def test_any_failure_of_the_charge_counts(student, sandbox, theatres):
    """In whatever way the charge fails (here it exceeds the session's timeout), the seat is released."""
    url = theatres.sells(charge=60)

    with pytest.raises(ANY_FAILURE):
        await student.place_order(await sandbox.session(timeout={"total": 4}), url)
    assert [release.how for release in theatres.releases()] == ["answered"]


@pytest.mark.correctness(points=1)
async def test_answer_without_a_receipt_is_a_failure(student, sandbox, theatres):
    """If `charge` raises because the answer has no receipt, the seat is released, and the `KeyError` is raised."""
    url = theatres.sells(receipt=False)

    with pytest.raises(KeyError):
        await student.place_order(await sandbox.session(), url)
    assert [release.how for release in theatres.releases()] == ["answered"]


@pytest.mark.concurrency(points=2)
async def test_steps_follow_at_once(student, sandbox, theatres):
    """The charge starts when the seat is reserved, and the receipt is returned when it arrives."""
    url = theatres.sells(reserve=1.25, charge=2.375)

    await student.place_order(await sandbox.session(), url)

    assert spans(theatres.charges()) == [(1.25, 3.625, "answered")]
    assert now() == 3.625


@pytest.mark.concurrency(points=2)
async def test_failure_is_raised_after_the_release(student, sandbox, theatres, http):
    """After a failed charge the release starts at that moment, and the exception is raised when it has ended."""
    url = theatres.sells(charge_status=402)

    with pytest.raises(ANY_FAILURE):
        await student.place_order(await sandbox.session(), url)

    assert http.in_flight == 0, STILL_RUNNING
    assert spans(theatres.releases()) == [(3.0, 3.5, "answered")]
    assert now() == 3.5


@pytest.mark.concurrency(points=2)
@pytest.mark.weather(seeds=5)
async def test_orders_do_not_wait_for_each_other(student, sandbox, theatres):
    """Orders that are placed at the same time run at the same time, and each gets its own receipt."""
    urls = [theatres.sells(reserve=random.uniform(1, 2), charge=random.uniform(1, 2)) for _ in range(6)]
    session = await sandbox.session()

    receipts = await asyncio.gather(*(student.place_order(session, url) for url in urls))

    assert receipts == [theatres.receipts[url] for url in urls]
    assert [reservation.arrived for reservation in theatres.reservations()] == [0.0] * 6
    ends = {reservation.url.parent.name: reservation.ended for reservation in theatres.reservations()}
    starts = {charge.url.parent.parent.parent.name: charge.arrived for charge in theatres.charges()}
    assert starts == ends, "A charge has not started when its seat was reserved."


@pytest.mark.cancellation(points=1)
async def test_reservation_can_be_cancelled(student, sandbox, theatres, http):
    """During the reservation, a cancellation ends the call at that moment, and nothing else is sent."""
    url = theatres.sells(reserve=2)

    assert await order_and_leave(student, sandbox, url, 0.5) == "CancelledError"
    assert now() == 0.5
    await asyncio.sleep(30)
    assert len(http.log) == 1, "Something was sent after the cancellation."
    assert spans(theatres.reservations()) == [(0.0, 0.5, "cancelled")]


@pytest.mark.cancellation(points=2)
async def test_charge_is_not_interrupted(student, sandbox, theatres, http):
    """Cancelled during the charge, the call ends with CancelledError when the charge has ended; the seat is kept."""
    url = theatres.sells()

    ending = await order_and_leave(student, sandbox, url, 1.5)

    assert http.in_flight == 0, STILL_RUNNING
    assert spans(theatres.charges()) == [(1.0, 3.0, "answered")]
    assert theatres.releases() == [], "The seat was released although it has been charged."
    assert (ending, now()) == ("CancelledError", 3.0)


@pytest.mark.cancellation(points=2)
async def test_charge_survives_more_cancellations(student, sandbox, theatres, http):
    """However often the call is cancelled during the charge, it ends only when the charge has ended."""
    url = theatres.sells(charge=4)

    ending = await order_and_leave(student, sandbox, url, 1.5, 2, 3.25)

    assert http.in_flight == 0, STILL_RUNNING
    assert spans(theatres.charges()) == [(1.0, 5.0, "answered")]
    assert (ending, now()) == ("CancelledError", 5.0)


@pytest.mark.cancellation(points=1)
async def test_cancellation_ends_its_own_order_only(student, sandbox, theatres):
    """When one order is cancelled, those at the same time and after it still return their receipts."""
    left, paid, later = (theatres.sells(charge=charge) for charge in (3, 2, 1))
    session = await sandbox.session()

    paying = asyncio.create_task(student.place_order(session, paid))
    assert await order_and_leave(student, sandbox, left, 1.5) == "CancelledError"

    assert await paying == theatres.receipts[paid]
    assert await student.place_order(session, later) == theatres.receipts[later]


@pytest.mark.cancellation(points=1)
async def test_failure_after_a_cancellation(student, sandbox, theatres, http):
    """If the charge fails after a cancellation, the seat is released; then CancelledError is raised."""
    url = theatres.sells(charge_status=402)

    ending = await order_and_leave(student, sandbox, url, 1.5)

    assert http.in_flight == 0, STILL_RUNNING
    assert spans(theatres.releases()) == [(3.0, 3.5, "answered")]
    assert (ending, now()) == ("CancelledError", 3.5)


@pytest.mark.cancellation(points=2)
async def test_release_is_not_interrupted(student, sandbox, theatres, http):
    """However often the call is cancelled during the release, the seat is released; then CancelledError is raised."""
    url = theatres.sells(charge_status=402, release=2)

    ending = await order_and_leave(student, sandbox, url, 3.5, 4, 4.5)

    assert http.in_flight == 0, STILL_RUNNING
    assert spans(theatres.releases()) == [(3.0, 5.0, "answered")]
    assert (ending, now()) == ("CancelledError", 5.0)


@pytest.mark.cancellation(points=1)
async def test_cancelled_at_any_await_leaves_no_seat_unpaid(student, sandbox, theatres, http):
    """Wherever the call is cancelled, it ends as cancelled, and no seat stays reserved without being charged."""
    refused = theatres.sells(charge_status=402)
    session = await sandbox.session()

    async for attempt in sandbox.cancel_at_each_await(student.place_order, session, refused):
        assert attempt.outcome == "cancelled", f"Cancelled where it waits in line {attempt.line}, it went on."
        assert http.in_flight == 0, STILL_RUNNING
        assert {charge.how for charge in theatres.charges()} <= {"answered"}, "A charge was interrupted."
        assert len(theatres.charges()) == len(theatres.releases()), "A seat that is not paid stays reserved."
