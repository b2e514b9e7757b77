"""Examples: run them with ``pytest exercises/28_catalog_sync``."""

import asyncio

import aiohttp
import pytest
from aiohttp import web

SHOP = "https://shop.test"


@pytest.mark.correctness
async def test_missing_product_is_left_out(student, http):
    """The result holds the products that exist, under their ids."""
    http.get(f"{SHOP}/products/7", payload={"name": "tea"}, latency=2)
    http.get(f"{SHOP}/products/8", status=404, payload={"error": "no such product"})
    http.get(f"{SHOP}/products/9", payload={"name": "rice"}, latency=1)

    products = await student.sync_catalog(SHOP, [7, 8, 9], limit=3)

    assert products == {7: {"name": "tea"}, 9: {"name": "rice"}}


@pytest.mark.concurrency
async def test_timetable(student, http):
    """With a limit of 2, four requests go as in the timetable of the README."""
    for number, (status, latency) in enumerate([(404, 1), (200, 2), (200, 2), (200, 1)]):
        http.get(f"{SHOP}/products/{number}", status=status, payload={}, latency=latency)

    products = await student.sync_catalog(SHOP, list(range(4)), limit=2)

    assert http.peak_in_flight <= 2, "Too many requests were running at once."
    assert [request.arrived for request in http.log] == [0, 0, 1, 2]
    assert len(products) == 3
    assert asyncio.get_running_loop().time() == 3.0


@pytest.mark.concurrency
async def test_connections_are_used_again(student):
    """Six products, two at a time, need two connections."""
    connections = set()

    async def answer(request):
        connections.add(request.transport)
        await asyncio.sleep(1)
        return web.json_response({})

    runner = web.ServerRunner(web.Server(answer))
    await runner.setup()
    await web.TCPSite(runner, "shop.test", 80).start()

    await student.sync_catalog("http://shop.test", list(range(6)), limit=2)

    assert len(connections) == 2


@pytest.mark.cancellation
async def test_failure_stops_the_others(student, http):
    """When a request fails, the others are cancelled at that moment."""
    http.get(f"{SHOP}/products/1", payload={}, latency=60)
    http.get(f"{SHOP}/products/2", status=503, latency=1)

    with pytest.raises(aiohttp.ClientResponseError):
        await student.sync_catalog(SHOP, [1, 2], limit=2)

    assert http.in_flight == 0, "Requests are still running."
    assert asyncio.get_running_loop().time() == 1.0
