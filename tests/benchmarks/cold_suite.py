"""What one writes without the kit: a real server on the loopback, real sleeps, the wall clock."""

import asyncio

import aiohttp
from aiohttp import web
from fetching import fetch_all


async def check_requests():
    async def answer(request):
        await asyncio.sleep(0.2)
        return web.json_response({"path": request.path})

    server = web.Application()
    server.router.add_get("/{n}", answer)
    runner = web.AppRunner(server)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]
    async with aiohttp.ClientSession() as session:
        answers = await fetch_all(session, [f"http://127.0.0.1:{port}/{n}" for n in range(10)])
    await runner.cleanup()
    assert [answer["path"] for answer in answers] == [f"/{n}" for n in range(10)]


import pytest  # noqa: E402


@pytest.mark.parametrize("number", range(10))
async def test_requests(number):
    await check_requests()
