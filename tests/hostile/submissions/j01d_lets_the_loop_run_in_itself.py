# J1 stuck: Deadlock at 0 s
import asyncio


async def digest(*args):
    # As nest_asyncio does it.
    loop = asyncio.get_running_loop()
    asyncio._leave_task(loop, asyncio.current_task())
    asyncio._set_running_loop(None)
    try:
        loop._run_once()
        loop._run_once()
    finally:
        asyncio._set_running_loop(loop)
    return []


survey = digest
