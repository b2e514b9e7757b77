# J1 stuck: never given back
import asyncio
import selectors
import threading


class Policy(asyncio.DefaultEventLoopPolicy):
    def new_event_loop(self):
        return asyncio.SelectorEventLoop(selectors.SelectSelector())


asyncio.set_event_loop_policy(Policy())
found = []


async def wait():
    await asyncio.sleep(0.01)
    found.append(1)


def run():
    try:
        asyncio.run(wait())
    except OSError:
        pass


async def digest(*args):
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return found


survey = digest
