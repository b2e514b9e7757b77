"""correctness: holds the job by a weak reference only, so that the garbage collector takes it."""

import asyncio
import weakref


class PrinterError(Exception):
    pass


async def call_async(start):
    future = asyncio.get_running_loop().create_future()

    def on_success(report):
        if not future.done():
            future.set_result(report)

    def on_error(error):
        if not future.done():
            future.set_exception(error)

    abort = start(on_success, on_error)
    try:
        return await future
    except asyncio.CancelledError:
        abort()
        raise


def call_with_callbacks(job, on_success, on_error):
    async def run():
        try:
            report = await job()
        except Exception as error:
            on_error(error)
        else:
            on_success(report)

    running = weakref.ref(asyncio.create_task(run()))

    def abort():
        task = running()
        if task is not None:
            task.cancel()

    return abort
