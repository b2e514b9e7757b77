"""cancellation: remembers that the time is up, and takes a cancellation during the withdrawal for that."""

import asyncio

import aiohttp


async def ask(session: aiohttp.ClientSession, url: str) -> float:
    """The price at `url`; when it is cancelled, it withdraws the question before it ends."""
    try:
        async with session.get(url) as response:
            response.raise_for_status()
            answer = await response.json()
    except asyncio.CancelledError:
        async with session.delete(url):
            pass
        raise
    return answer["price"]


async def quote_or_default(session, url, seconds, default):
    question = asyncio.create_task(ask(session, url))
    late = False

    def ring():
        nonlocal late
        late = True
        question.cancel()

    alarm = asyncio.get_running_loop().call_later(seconds, ring)
    try:
        return await question
    except asyncio.CancelledError:
        if late:
            return default
        raise
    finally:
        alarm.cancel()


async def quotes_within(session, urls, each, total):
    clock = asyncio.get_running_loop().time
    end = clock() + total
    prices = [None] * len(urls)
    for place, url in enumerate(urls):
        if clock() >= end:
            break
        prices[place] = await quote_or_default(session, url, min(each, end - clock()), None)
    return prices
