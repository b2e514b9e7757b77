"""Every asynchronous test in this folder runs on a simulated loop of its own."""

from grader.simulation import SimulatedLoop


def pytest_asyncio_loop_factories():
    return {"simulated": SimulatedLoop}
