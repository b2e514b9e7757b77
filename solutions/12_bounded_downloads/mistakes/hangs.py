"""correctness: never gives the event loop back."""


async def download_all(session, urls, limit):
    while True:
        pass
