"""concurrency: looks ten times a second whether the driver has called back."""

import asyncio


class PrinterError(Exception):
    pass


async def call_async(start):
    calls = []
    abort = start(calls.append, calls.append)
    try:
        while not calls:
            await asyncio.sleep(0.1)
    except asyncio.CancelledError:
        abort()
        raise
    if isinstance(calls[0], Exception):
        raise calls[0]
    return calls[0]


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
