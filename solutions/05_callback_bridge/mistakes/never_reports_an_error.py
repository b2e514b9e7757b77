"""correctness: never calls on_error."""

import asyncio


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


running = set()


def call_with_callbacks(job, on_success, on_error):
    async def run():
        on_success(await job())

    task = asyncio.create_task(run())
    running.add(task)
    task.add_done_callback(running.discard)
    return task.cancel
