"""concurrency: looks ten times a second whether the driver has called back."""

import asyncio


class PrinterError(Exception):
    pass


async def call_async(start):
    reports, errors = [], []
    abort = start(reports.append, errors.append)
    try:
        while not reports and not errors:
            await asyncio.sleep(0.1)
    except asyncio.CancelledError:
        abort()
        raise
    if errors:
        raise errors[0]
    return reports[0]


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
