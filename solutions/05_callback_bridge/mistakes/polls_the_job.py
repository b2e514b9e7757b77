"""concurrency: looks once a second whether the job has ended."""

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
    work = asyncio.create_task(job())

    async def watch():
        try:
            while not work.done():
                await asyncio.sleep(1)
        except asyncio.CancelledError:
            work.cancel()
            raise
        if work.cancelled():
            return
        if work.exception() is not None:
            on_error(work.exception())
        else:
            on_success(work.result())

    task = asyncio.create_task(watch())
    running.add(task)
    task.add_done_callback(running.discard)

    def abort():
        work.cancel()
        task.cancel()

    return abort
