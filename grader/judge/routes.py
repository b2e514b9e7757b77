"""How a route of the `http` fixture is declared, spelled out: aioresponses' own methods take anything."""

# mypy: disable-error-code="override"
# (Narrower than the original on purpose: what it takes beyond this, it does not understand either.)

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from aioresponses import aioresponses
from yarl import URL

Place = URL | str | re.Pattern[str]


class Route(TypedDict, total=False):
    """What answers a request. `latency` is in virtual seconds; `repeat` is how often it answers, True for ever.

    `callback` gets the URL and what the request brought, and may be a coroutine function.
    """

    latency: float
    status: int
    reason: str
    body: str | bytes
    payload: Any
    headers: Mapping[str, str]
    content_type: str
    exception: Exception
    timeout: bool
    repeat: bool | int
    callback: Callable[..., Any]


class Routes(aioresponses):
    """aioresponses, with what its methods take."""

    if TYPE_CHECKING:

        def get(self, url: Place, **route: Unpack[Route]) -> None: ...
        def post(self, url: Place, **route: Unpack[Route]) -> None: ...
        def put(self, url: Place, **route: Unpack[Route]) -> None: ...
        def patch(self, url: Place, **route: Unpack[Route]) -> None: ...
        def delete(self, url: Place, **route: Unpack[Route]) -> None: ...
        def head(self, url: Place, **route: Unpack[Route]) -> None: ...
        def options(self, url: Place, **route: Unpack[Route]) -> None: ...
