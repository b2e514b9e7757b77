"""The hidden suite of exercise 15."""

import asyncio
import random

import aiohttp
import pytest

FAILURES = (aiohttp.ClientError, TimeoutError, ExceptionGroup)


def now() -> float:
    return asyncio.get_running_loop().time()


def a_body() -> bytes:
    """A body that nobody can have foreseen."""
    return random.randbytes(8).hex().encode()


def a_page() -> str:
    """A URL that nobody can have foreseen."""
    return f"https://news.test/{random.randrange(10**9)}"


async def timed(call) -> tuple[object, float]:
    """What a call returns, and when."""
    return await call, now()


async def call_at(moment: float, cache, url: str) -> bytes:
    """Ask the cache at that moment."""
    await asyncio.sleep(moment - now())
    return await cache.get(url)


@pytest.fixture
async def new_cache(student, sandbox):
    """Makes a cache."""
    session = await sandbox.session()
    return lambda ttl=10.0: student.SingleFlightCache(session, ttl)


@pytest.mark.correctness(points=2)
async def test_each_url_has_its_own_body(new_cache, http):
    """Each call returns the body of its own URL, now and later from the cache."""
    pages = {f"{page}?part={part}": a_body() for page in (a_page(), a_page()) for part in (1, 2, 3)}
    for url, body in pages.items():
        http.get(url, body=body, latency=random.uniform(0.5, 2), repeat=True)
    cache, urls = new_cache(), list(pages) * 2
    random.shuffle(urls)

    for _ in range(2):
        assert await asyncio.gather(*map(cache.get, urls)) == [pages[url] for url in urls]


@pytest.mark.correctness(points=2)
async def test_failure_goes_to_all_who_wait(new_cache, http):
    """When a load fails, all calls that wait for it raise its exception, and none of them loads again."""
    url, status = a_page(), random.choice([404, 500, 503])
    http.get(url, status=status, latency=1.0)
    http.get(url, body=a_body(), latency=1.0, repeat=True)
    cache = new_cache()

    calls = (call_at(number / 8, cache, url) for number in range(6))
    endings = await asyncio.gather(*calls, return_exceptions=True)

    assert [getattr(ending, "status", ending) for ending in endings] == [status] * 6
    assert len(http.log) == 1, "The page was loaded again."


@pytest.mark.correctness(points=1)
@pytest.mark.parametrize("failure", [aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, TimeoutError])
async def test_failure_is_not_kept(new_cache, http, failure):
    """However a load fails, its failure is not kept: the next call loads anew, even at the same moment."""
    url, body = a_page(), a_body()
    http.get(url, exception=failure(), latency=1.0)
    http.get(url, body=body)
    cache = new_cache()

    with pytest.raises(FAILURES):
        await cache.get(url)
    assert await cache.get(url) == body


@pytest.mark.correctness(points=1)
async def test_expired_body_is_replaced(new_cache, http):
    """After `ttl` seconds, the next call returns the new body."""
    url, old, new = a_page(), a_body(), a_body()
    http.get(url, body=old, latency=1.0)
    http.get(url, body=new, latency=1.0, repeat=True)
    cache = new_cache(ttl=10.0)

    calls = (call_at(moment, cache, url) for moment in (0.0, 5.0, 12.0, 14.0))
    bodies = await asyncio.gather(*calls)

    assert bodies == [old, old, new, new]


@pytest.mark.concurrency(points=2)
async def test_calls_share_one_load(new_cache, http):
    """Calls that come while a load is running wait for it, and end when it ends."""
    url, body = a_page(), a_body()
    http.get(url, body=body, latency=1.0, repeat=True)
    cache = new_cache()

    endings = await asyncio.gather(*(timed(call_at(number / 16, cache, url)) for number in range(10)))

    assert len(http.log) == 1, "The page was not loaded once."
    assert endings == [(body, 1.0)] * 10


@pytest.mark.concurrency(points=2)
async def test_urls_do_not_wait_for_each_other(new_cache, http):
    """Loads of different URLs run at the same time, and a body in the cache waits for none of them."""
    ready, *urls = [a_page() for _ in range(4)]
    http.get(ready, body="ready", repeat=True)
    for url in urls:
        http.get(url, body="slow", latency=2.0)
    cache = new_cache()
    await cache.get(ready)

    calls = [asyncio.create_task(cache.get(url)) for url in urls]
    await asyncio.sleep(1.0)
    await cache.get(ready)
    assert now() == 1.0
    await asyncio.gather(*calls)

    assert now() == 2.0


@pytest.mark.concurrency(points=2)
@pytest.mark.parametrize("body", [a_body, bytes], ids=["some_bytes", "empty"])
async def test_body_is_kept_from_the_end_of_its_load(new_cache, http, body):
    """A body, even an empty one, is kept for `ttl` seconds, counted from the end of its load."""
    url, ttl = a_page(), random.randint(8, 20)
    http.get(url, body=body(), latency=4.0, repeat=True)
    cache = new_cache(ttl=ttl)

    await asyncio.gather(*(call_at(moment, cache, url) for moment in (0.0, ttl + 3.75, ttl + 4.25)))

    assert [request.arrived for request in http.log] == [0.0, ttl + 4.25]


@pytest.mark.concurrency(points=1)
async def test_calls_do_not_lengthen_the_life_of_a_body(new_cache, http):
    """Calls that find a body in the cache do not make it stay longer."""
    url, ttl = a_page(), random.randint(8, 20)
    http.get(url, body=a_body(), repeat=True)
    cache = new_cache(ttl=ttl)

    await asyncio.gather(*(call_at(moment, cache, url) for moment in (0.0, ttl / 2, ttl - 0.25, ttl + 0.25)))

    assert [request.arrived for request in http.log] == [0.0, ttl + 0.25]


@pytest.mark.concurrency(points=1)
@pytest.mark.weather(seeds=5)
async def test_never_two_loads_of_a_url(new_cache, http):
    """Whenever calls come and are cancelled, no URL is loaded twice at the same time."""
    pages = [a_page() for _ in range(2)]
    for url in pages:
        http.get(url, body=a_body(), latency=1.0, repeat=True)
    cache = new_cache(ttl=1.5)

    calls = [asyncio.create_task(call_at(random.uniform(0, 12), cache, random.choice(pages))) for _ in range(40)]
    for call in random.sample(calls, 15):
        asyncio.get_running_loop().call_later(random.uniform(0, 12), call.cancel)
    await asyncio.wait(calls)

    for url in pages:
        loads = sorted((load.arrived, load.ended) for load in http.log if str(load.url) == url)
        assert [later for earlier, later in zip(loads, loads[1:]) if later[0] < earlier[1]] == []


@pytest.mark.cancellation(points=2)
@pytest.mark.parametrize("number", [0, 1, 2])
async def test_cancelled_call_does_not_disturb_the_others(new_cache, http, number):
    """When one call is cancelled, it ends at that moment, and the others get the body of the same load."""
    url, body = a_page(), a_body()
    http.get(url, body=body, latency=1.0, repeat=True)
    cache = new_cache()
    calls = [asyncio.create_task(timed(call_at(n / 8, cache, url))) for n in range(3)]

    await asyncio.sleep(0.5)
    cancelled = calls.pop(number)
    cancelled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cancelled
    assert now() == 0.5

    assert await asyncio.gather(*calls, return_exceptions=True) == [(body, 1.0)] * 2
    assert len(http.log) == 1, "The page was loaded again."


@pytest.mark.cancellation(points=2)
async def test_load_ends_with_the_last_call(new_cache, http):
    """When the last call that waits is cancelled, the load is cancelled at that moment, and not before."""
    url = a_page()
    http.get(url, body=a_body(), latency=60.0, repeat=True)
    cache = new_cache()
    calls = [asyncio.create_task(cache.get(url)) for _ in range(3)]

    for call in random.sample(calls, 3):
        await asyncio.sleep(1.0)
        call.cancel()
    await asyncio.wait(calls)

    assert http.in_flight == 0, "The load is still running."
    assert [request.ended for request in http.log] == [3.0]
    assert [call.cancelled() for call in calls] == [True] * 3


@pytest.mark.cancellation(points=1)
async def test_next_call_starts_afresh(new_cache, http):
    """After a load was cancelled, the next call loads anew, and its body is kept."""
    url, body = a_page(), a_body()
    http.get(url, body=body, latency=1.0, repeat=True)
    cache = new_cache()

    first = asyncio.create_task(cache.get(url))
    await asyncio.sleep(0.5)
    first.cancel()
    await asyncio.wait([first])
    endings = [await timed(cache.get(url)) for _ in range(2)]

    assert endings == [(body, 1.5), (body, 1.5)]


@pytest.mark.cancellation(points=1)
async def test_call_of_the_same_moment_is_not_cancelled(new_cache, http):
    """A call that comes at the moment at which all others are cancelled gets a body, not their cancellation."""
    url, body = a_page(), a_body()
    http.get(url, body=body, latency=1.0, repeat=True)
    cache = new_cache()

    calls = [asyncio.create_task(cache.get(url)) for _ in range(2)]
    await asyncio.sleep(0.5)
    for call in calls:
        call.cancel()
    last = asyncio.create_task(cache.get(url))
    await asyncio.wait([*calls, last])

    assert not last.cancelled(), "The call was cancelled with the others."
    assert last.result() == body


@pytest.mark.cancellation(points=1)
async def test_cancelled_at_any_await_leaves_no_load(new_cache, sandbox, http):
    """Wherever a lone call is cancelled, its load is cancelled too."""
    url = a_page()
    http.get(url, body=a_body(), latency=1.0, repeat=True)
    cache = new_cache()

    async for attempt in sandbox.cancel_at_each_await(cache.get, url):
        where = f"The call was cancelled while it waited in line {attempt.line}."
        assert attempt.outcome == "cancelled", where
        assert http.in_flight == 0, where
