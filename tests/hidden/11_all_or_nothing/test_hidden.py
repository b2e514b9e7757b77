"""The hidden suite of exercise 11."""

import asyncio
import random

import aiohttp
import pytest

STILL_RUNNING = "Requests were still running when the call ended."


def now() -> float:
    return asyncio.get_running_loop().time()


class Agency:
    """Servers that book over mocked HTTP, under URLs and codes that nobody can have foreseen."""

    def __init__(self, http):
        self.http = http
        self.urls = []
        self.codes = []

    def sells(self, name, latency, *, undo=1.0, undo_status=200):
        """A booking that takes `latency` seconds, and its undo."""
        url = self._url(name)
        self.codes.append(f"code-{random.randrange(10**9)}")
        self.http.post(url, payload={"code": self.codes[-1]}, latency=latency, repeat=True)
        self.http.delete(f"{url}/{self.codes[-1]}", status=undo_status, latency=undo, repeat=True)

    def refuses(self, name, latency, status=409):
        """A booking that fails after `latency` seconds."""
        self.http.post(self._url(name), status=status, latency=latency, repeat=True)

    def forgets_the_code(self, name, latency):
        """A booking whose answer has no code, so that `book` fails."""
        self.http.post(self._url(name), payload={}, latency=latency, repeat=True)

    def _url(self, name):
        self.urls.append(f"https://travel.test/{random.randrange(10**9)}/{name}")
        return self.urls[-1]

    def booked(self):
        """The names of the bookings that were made, in the order of the alphabet."""
        return sorted(post.url.name for post in self.http.log if post.method == "POST" and post.status == 200)

    def undone(self):
        """The names of the bookings whose undo was answered, each as often as that happened."""
        return sorted(undo.url.parent.name for undo in self.undos() if undo.how == "answered")

    def undos(self):
        return [request for request in self.http.log if request.method == "DELETE"]

    def ends(self):
        """When each booking's request ended, by name."""
        return {post.url.name: post.ended for post in self.http.log if post.method == "POST"}


@pytest.fixture
def agency(http):
    return Agency(http)


@pytest.mark.correctness(points=2)
async def test_codes_come_in_the_order_of_the_urls(student, sandbox, agency):
    """When all bookings are made, the codes are in the order of the URLs, and nothing is undone."""
    for name, latency in zip(["flight", "hotel", "car", "train"], [3, 1, 4, 2]):
        agency.sells(name, latency)

    assert await student.book_trip(await sandbox.session(), agency.urls) == agency.codes
    assert agency.undos() == []


@pytest.mark.correctness(points=1)
async def test_failure_is_raised_as_it_is(student, sandbox, agency):
    """When a booking fails, its own exception is raised, not a group."""
    status = random.choice([404, 409, 503])
    agency.sells("flight", 1)
    agency.refuses("hotel", 2, status)

    with pytest.raises(aiohttp.ClientResponseError) as caught:
        await student.book_trip(await sandbox.session(), agency.urls)
    assert caught.value.status == status


@pytest.mark.correctness(points=2)
async def test_failure_undoes_what_was_made(student, sandbox, agency):
    """When a booking fails, each booking that was made is undone, once."""
    agency.sells("flight", 1)
    agency.sells("car", 2)
    agency.refuses("hotel", 3)

    with pytest.raises((aiohttp.ClientError, TimeoutError, ExceptionGroup)):
        await student.book_trip(await sandbox.session(), agency.urls)
    assert agency.undone() == ["car", "flight"]


@pytest.mark.correctness(points=1)
async def test_any_failure_counts(student, sandbox, agency):
    """In whatever way a booking fails (here it exceeds the session's timeout), the others are undone."""
    agency.sells("flight", 1)
    agency.sells("hotel", 60)
    session = await sandbox.session(timeout={"total": 4})

    with pytest.raises((aiohttp.ClientError, TimeoutError, ExceptionGroup)):
        await student.book_trip(session, agency.urls)
    assert agency.undone() == ["flight"]


@pytest.mark.correctness(points=1)
async def test_answer_without_a_code_is_a_failure(student, sandbox, agency):
    """When `book` raises because an answer has no code, the others are undone, and the `KeyError` is raised."""
    agency.sells("flight", 1)
    agency.forgets_the_code("hotel", 2)

    with pytest.raises(KeyError):
        await student.book_trip(await sandbox.session(), agency.urls)
    assert agency.undone() == ["flight"]


@pytest.mark.correctness(points=2)
async def test_failed_undo_is_ignored(student, sandbox, agency):
    """An undo that fails does not stop the others, and the exception is still that of the booking."""
    agency.sells("flight", 1, undo=2)
    agency.sells("hotel", 2, undo=1, undo_status=500)
    agency.refuses("car", 3, 409)

    with pytest.raises(aiohttp.ClientResponseError) as caught:
        await student.book_trip(await sandbox.session(), agency.urls)
    assert caught.value.status == 409
    assert agency.undone() == ["flight", "hotel"]


@pytest.mark.concurrency(points=1)
async def test_bookings_run_at_the_same_time(student, sandbox, agency):
    """All bookings run at the same time: the trip takes as long as the longest."""
    for name, latency in zip(["flight", "hotel", "car"], [2, 4, 3]):
        agency.sells(name, latency)

    await student.book_trip(await sandbox.session(), agency.urls)

    assert now() == 4.0


@pytest.mark.concurrency(points=2)
async def test_failure_abandons_the_running_bookings(student, sandbox, agency, http):
    """At the moment of the first failure, the running bookings are abandoned, and so never made."""
    agency.sells("flight", 5)
    agency.refuses("hotel", 2)
    agency.sells("car", 9)

    with pytest.raises((aiohttp.ClientError, TimeoutError, ExceptionGroup)):
        await student.book_trip(await sandbox.session(), agency.urls)

    assert now() == 2.0
    assert http.in_flight == 0, STILL_RUNNING
    assert agency.ends() == {"flight": 2.0, "hotel": 2.0, "car": 2.0}


@pytest.mark.concurrency(points=2)
async def test_undos_run_at_the_same_time(student, sandbox, agency, http):
    """All undos start at the moment of the failure, and the exception is raised when the last one has ended."""
    agency.sells("flight", 1, undo=2)
    agency.sells("hotel", 2, undo=4)
    agency.sells("car", 3, undo=1)
    agency.sells("train", 20)
    agency.refuses("museum", 5)

    with pytest.raises((aiohttp.ClientError, TimeoutError, ExceptionGroup)):
        await student.book_trip(await sandbox.session(), agency.urls)

    assert http.in_flight == 0, STILL_RUNNING
    assert [undo.arrived for undo in agency.undos()] == [5.0, 5.0, 5.0]
    assert now() == 9.0


@pytest.mark.concurrency(points=1)
@pytest.mark.weather(seeds=5)
async def test_nothing_stays_booked_in_any_weather(student, sandbox, agency, http):
    """However long each booking and each undo takes, a trip that failed leaves nothing booked and nothing running."""
    for number in range(8):
        agency.sells(f"seat-{number}", random.uniform(1, 9), undo=random.uniform(1, 9))
    agency.refuses("seat-8", 5)

    with pytest.raises((aiohttp.ClientError, TimeoutError, ExceptionGroup)):
        await student.book_trip(await sandbox.session(), agency.urls)

    assert http.in_flight == 0, STILL_RUNNING
    assert agency.undone() == agency.booked()


@pytest.mark.cancellation(points=2)
async def test_cancelling_undoes_what_was_made(student, sandbox, agency, http):
    """When the caller is cancelled, what runs is abandoned, what was made is undone; then CancelledError is raised."""
    agency.sells("flight", 1, undo=3)
    agency.sells("hotel", 8)

    call = asyncio.create_task(student.book_trip(await sandbox.session(), agency.urls))
    await asyncio.sleep(2)
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    assert agency.undone() == ["flight"]
    assert agency.ends() == {"flight": 1.0, "hotel": 2.0}
    assert now() == 5.0


@pytest.mark.cancellation(points=1)
async def test_cancelling_with_nothing_made_ends_at_once(student, sandbox, agency, http):
    """When the caller is cancelled before any booking is made, CancelledError is raised at that moment."""
    agency.sells("flight", 3)
    agency.sells("hotel", 4)

    call = asyncio.create_task(student.book_trip(await sandbox.session(), agency.urls))
    await asyncio.sleep(2)
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    assert now() == 2.0
    assert http.in_flight == 0, STILL_RUNNING
    assert agency.undos() == []


@pytest.mark.cancellation(points=2)
async def test_undo_survives_more_cancellations(student, sandbox, agency, http):
    """Cancelled again and again during the undo, the call ends only when everything is undone."""
    agency.sells("flight", 1, undo=6)
    agency.sells("hotel", 2, undo=4)
    agency.sells("car", 20)

    call = asyncio.create_task(student.book_trip(await sandbox.session(), agency.urls))
    for pause in (3.5, 1, 1):
        await asyncio.sleep(pause)
        call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    assert http.in_flight == 0, STILL_RUNNING
    assert [undo.how for undo in agency.undos()] == ["answered", "answered"]
    assert agency.undone() == ["flight", "hotel"]


@pytest.mark.cancellation(points=2)
async def test_failure_does_not_hide_the_cancellation(student, sandbox, agency, http):
    """Cancelled during the undo after a failure, the call completes the undo, then raises CancelledError."""
    agency.sells("flight", 1, undo=4)
    agency.refuses("hotel", 2)

    call = asyncio.create_task(student.book_trip(await sandbox.session(), agency.urls))
    await asyncio.sleep(4)
    call.cancel()
    [ending] = await asyncio.gather(call, return_exceptions=True)

    assert agency.undone() == ["flight"]
    assert type(ending).__name__ == "CancelledError"


@pytest.mark.cancellation(points=1)
async def test_cancelled_at_any_await_leaves_nothing_booked(student, sandbox, agency, http):
    """Wherever the call is cancelled, nothing stays booked and nothing is left running."""
    agency.sells("flight", 1)
    agency.sells("hotel", 2)
    agency.sells("train", 9)
    agency.refuses("car", 3)
    session = await sandbox.session()

    async for attempt in sandbox.cancel_at_each_await(student.book_trip, session, agency.urls):
        assert agency.undone() == agency.booked(), f"Cancelled where it waits in line {attempt.line}, it left bookings."
        assert http.in_flight == 0, STILL_RUNNING
