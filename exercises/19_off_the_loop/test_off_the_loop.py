"""Examples: run them with ``pytest exercises/19_off_the_loop``."""

import asyncio

import pytest

SECONDS_TO_READ = {"a": 1, "b": 2, "c": 1}


async def read(path):
    await asyncio.sleep(SECONDS_TO_READ[path])
    return path.encode()


async def digest(content):
    await asyncio.sleep(2)
    return f"digest of {content.decode()}"


@pytest.mark.correctness
async def test_each_path_has_its_digest(student, sandbox):
    """Each path is returned with the digest of its own file."""
    blocking_read, blocking_digest = sandbox.blocking(read), sandbox.blocking(digest)

    digests = await student.hash_files(
        ["a", "b", "c"], blocking_read, blocking_digest, cpu_pool=sandbox.thread_pool(1), limit=2
    )

    assert digests == {"a": "digest of a", "b": "digest of b", "c": "digest of c"}


@pytest.mark.concurrency
async def test_loop_is_free_meanwhile(student, sandbox):
    """The event loop is free while the files are read and digested."""
    blocking_read, blocking_digest = sandbox.blocking(read), sandbox.blocking(digest)
    call = asyncio.create_task(
        student.hash_files(["a", "b", "c"], blocking_read, blocking_digest, cpu_pool=sandbox.thread_pool(1), limit=2)
    )
    await asyncio.sleep(0.5)
    blocked_for = await sandbox.heartbeat()
    await call

    assert blocked_for == 0


@pytest.mark.concurrency
async def test_timetable(student, sandbox):
    """Two files are in progress at a time, and one digest: reads start at 0, 0 and 3, digests at 1, 3 and 5."""
    reads, digests = [], []

    async def noted_read(path):
        reads.append(asyncio.get_running_loop().time())
        return await read(path)

    async def noted_digest(content):
        digests.append(asyncio.get_running_loop().time())
        return await digest(content)

    blocking_read, blocking_digest = sandbox.blocking(noted_read), sandbox.blocking(noted_digest)
    await student.hash_files(["a", "b", "c"], blocking_read, blocking_digest, cpu_pool=sandbox.thread_pool(1), limit=2)

    assert reads == [0, 0, 3]
    assert digests == [1, 3, 5]
    assert asyncio.get_running_loop().time() == 7.0


@pytest.mark.cancellation
async def test_cancelling_ends_the_call_at_once(student, sandbox):
    """When the caller is cancelled, the call ends at that moment, although threads still read."""
    blocking_read, blocking_digest = sandbox.blocking(read), sandbox.blocking(digest)
    call = asyncio.create_task(
        student.hash_files(["a", "b", "c"], blocking_read, blocking_digest, cpu_pool=sandbox.thread_pool(1), limit=2)
    )
    await asyncio.sleep(0.5)
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    assert asyncio.get_running_loop().time() == 0.5
