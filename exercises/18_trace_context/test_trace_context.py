"""Examples: run them with ``pytest exercises/18_trace_context``."""

import asyncio

import pytest

REPORT = "https://reports.test/"


@pytest.mark.correctness
async def test_timetable(student, sandbox, http):
    """Each request carries its own id, and the report that of the shift, as in the timetable of the README."""
    for url, latency in {"/a1": 1, "/a2": 1, "/b1": 0.5, "/b2": 0.75}.items():
        http.get(f"https://service.test{url}", body="fine", latency=latency)
    http.get(REPORT, body="thanks")
    requests = {
        "A": ["https://service.test/a1", "https://service.test/a2"],
        "B": ["https://service.test/b1", "https://service.test/b2"],
    }

    await student.shift("noon", await sandbox.session(), requests, REPORT)

    sent = [(request.arrived, request.url.path, request.headers["X-Trace-Id"]) for request in http.log]
    assert sorted(sent) == [(0, "/a1", "A"), (0, "/b1", "B"), (0.5, "/b2", "B"), (1, "/a2", "A"), (2, "/", "noon")]


@pytest.mark.correctness
async def test_thread_has_the_id_of_the_caller(student, sandbox):
    """A line that is written in a thread begins with the id of the caller."""
    lines = []

    async def disk(line):
        await asyncio.sleep(1)
        lines.append(line)

    await student.log("A", sandbox.blocking(disk), "door open")

    assert lines == ["[A] door open"]


@pytest.mark.correctness
async def test_job_has_the_id_of_its_submitter(student, sandbox, http):
    """A job carries the id under which it was submitted."""
    http.get("https://service.test/later", body="fine")
    jobs = student.JobQueue()

    worker = asyncio.create_task(jobs.run_worker())
    await student.order("A", jobs, await sandbox.session(), ["https://service.test/later"])
    await asyncio.sleep(1)
    worker.cancel()

    assert [request.headers["X-Trace-Id"] for request in http.log] == ["A"]


@pytest.mark.concurrency
async def test_loop_is_free_meanwhile(student, sandbox):
    """While a line is written, the event loop is free."""

    async def disk(line):
        await asyncio.sleep(3)

    call = asyncio.create_task(student.log("A", sandbox.blocking(disk), "door open"))
    await asyncio.sleep(0.5)
    blocked_for = await sandbox.heartbeat()
    await call

    assert blocked_for == 0
