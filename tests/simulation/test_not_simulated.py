"""What the machine has no equivalent of says so, and says what to use instead."""

import asyncio
import socket

import pytest

from grader.simulation import NotSimulated
from grader.simulation.refusals import REFUSED


@pytest.mark.parametrize("name", sorted(REFUSED))
async def test_refused_functions_say_what_to_use(name):
    """Each refused function of the loop raises NotSimulated with its name and a way out."""
    with pytest.raises(NotSimulated) as caught:
        result = getattr(asyncio.get_running_loop(), name)()
        if asyncio.iscoroutine(result):
            await result

    assert str(caught.value) == f"loop.{name}() is not simulated: {REFUSED[name]}."
    assert isinstance(caught.value, NotImplementedError)


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_refused_functions_exist(name):
    """Nothing is refused that asyncio does not have."""
    assert hasattr(asyncio.SelectorEventLoop, name)


@pytest.mark.parametrize(
    ("method", "arguments", "options"),
    [
        ("create_server", (asyncio.Protocol,), {"sock": socket}),
        ("create_datagram_endpoint", (asyncio.DatagramProtocol,), {"sock": socket}),
        ("create_connection", (asyncio.Protocol,), {"sock": socket}),
        ("connect_read_pipe", (asyncio.Protocol, 0), {}),
        ("connect_write_pipe", (asyncio.Protocol, 1), {}),
    ],
)
async def test_real_sockets_and_pipes_are_refused(method, arguments, options):
    """Functions that would reach a real socket or pipe refuse it in a whole sentence."""
    with socket.socket() as real:
        options = dict.fromkeys(options, real)
        with pytest.raises(NotSimulated) as caught:
            await getattr(asyncio.get_running_loop(), method)(*arguments, **options)

    assert str(caught.value).endswith(".")
    assert " " in str(caught.value)


async def test_selectors_cannot_be_reached():
    """Watching a file descriptor by way of the loop's selector is refused too."""
    with pytest.raises(NotSimulated, match="use streams or transports"):
        asyncio.get_running_loop()._selector.register(0, 1)


@pytest.mark.parametrize(
    "call",
    [
        lambda loop: loop.create_connection(asyncio.Protocol),
        lambda loop: loop.create_server(asyncio.Protocol),
        lambda loop: loop.subprocess_shell(asyncio.SubprocessProtocol, ["a", "list"]),
    ],
)
async def test_wrong_arguments_raise_as_asyncio_does(call):
    """Calls that asyncio refuses with ValueError are refused with ValueError."""
    with pytest.raises(ValueError, match=r"\w+"):
        await call(asyncio.get_running_loop())
