"""correctness: returns the error of the driver rather than raising it."""

import asyncio


class PrinterError(Exception):
    pass


async def call_async(start):
    future = asyncio.get_running_loop().create_future()

    def call_back(value):
        if not future.done():
            future.set_result(value)

    abort = start(call_back, call_back)
    try:
        return await future
    except asyncio.CancelledError:
        abort()
        raise


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
