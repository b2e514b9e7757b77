"""Price gateway: answer with prices, however moody the exchange behind it is."""

from dataclasses import dataclass

import aiohttp
from aiohttp import web


@dataclass(frozen=True)
class Settings:
    """Where the exchange is, and how to treat it; times are in seconds."""

    quotes_url: str
    feed_url: str
    ttl: float = 5.0
    timeout: float = 2.0
    limit: int = 4


def make_app(settings: Settings) -> web.Application:
    """The gateway between the exchange and the browsers."""
    # TODO: keep prices, follow the feed, and share, limit and survive the fetches, as the rules say.
    app = web.Application()

    async def health(request: web.Request) -> web.Response:
        return web.json_response({"feed": "down", "symbols": 0})

    async def price(request: web.Request) -> web.Response:
        symbol = request.match_info["symbol"]
        async with aiohttp.request("GET", f"{settings.quotes_url}/{symbol}") as answer:
            quote = await answer.json()
        return web.json_response({"symbol": symbol, "price": quote["price"], "source": "http"})

    app.add_routes([web.get("/health", health), web.get("/price/{symbol}", price)])
    return app
