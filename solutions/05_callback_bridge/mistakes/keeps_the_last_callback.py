"""correctness: lets a later callback replace the first."""

import asyncio


class PrinterError(Exception):
    pass


async def call_async(start):
    called = asyncio.Event()
    outcome = []

    def call_back(value):
        outcome[:] = [value]
        called.set()

    abort = start(call_back, call_back)
    try:
        await called.wait()
    except asyncio.CancelledError:
        abort()
        raise
    if isinstance(outcome[0], Exception):
        raise outcome[0]
    return outcome[0]


running = set()


def call_with_callbacks(job, on_success, on_error):
    async def run():
        try:
            report = await job()
        except Exception as error:
            on_error(error)
        else:
            on_success(report)

    task = asyncio.create_task(run())
    running.add(task)
    task.add_done_callback(running.discard)
    return task.cancel
