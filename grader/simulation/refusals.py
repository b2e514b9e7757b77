"""The functions of an event loop that a simulated machine has no equivalent of, each with a way out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from grader.simulation.errors import NotSimulated

#: Function of the loop, and what to use instead.
REFUSED = {
    "add_signal_handler": "the simulated machine has no signals; cancel the task instead",
    "remove_signal_handler": "the simulated machine has no signals",
    "create_unix_connection": "use create_connection() with a host and a port",
    "create_unix_server": "use create_server() with a host and a port",
    "connect_accepted_socket": "use create_server()",
    "add_reader": "use streams or transports",
    "add_writer": "use streams or transports",
    "remove_reader": "use streams or transports",
    "remove_writer": "use streams or transports",
    "sock_accept": "use asyncio.start_server()",
    "sock_recv": "use asyncio.open_connection()",
    "sock_recv_into": "use asyncio.open_connection()",
    "sock_recvfrom": "use create_datagram_endpoint()",
    "sock_recvfrom_into": "use create_datagram_endpoint()",
    "sock_sendall": "use asyncio.open_connection()",
    "sock_sendto": "use create_datagram_endpoint()",
    "sock_sendfile": "use asyncio.open_connection()",
}


class Refusals:
    """Base of the simulated loop, before asyncio's own: its functions raise `NotSimulated`."""


def _refuse(name: str, instead: str) -> Callable[..., Any]:
    def refuse(self: object, *args: object, **kwargs: object) -> Any:
        raise NotSimulated(f"loop.{name}() is not simulated: {instead}.")

    refuse.__name__ = name
    refuse.__qualname__ = f"SimulatedLoop.{name}"
    return refuse


for _name, _instead in REFUSED.items():
    setattr(Refusals, _name, _refuse(_name, _instead))
