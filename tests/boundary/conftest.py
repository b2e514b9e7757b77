"""Asynchronous tests in this folder run on a simulated loop of their own."""

from grader.simulation import SimulatedLoop


def pytest_asyncio_loop_factories():
    return {"simulated": SimulatedLoop}
