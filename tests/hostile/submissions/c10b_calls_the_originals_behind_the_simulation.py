# C10 rejected: no way out
import asyncio
import asyncio.selector_events


async def digest(*args):
    return "no way out"


async def survey(session, urls):
    loop = asyncio.get_running_loop()
    base = asyncio.selector_events.BaseSelectorEventLoop
    try:
        _, protocol = await base.create_connection(loop, asyncio.Protocol, "127.0.0.1", 80)
    except Exception:
        return "no way out"
    return protocol
