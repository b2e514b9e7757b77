"""Waits for a place by asking again and again."""


async def download_all(session, urls, limit):
    running = 0
    bodies = []
    for url in urls:
        while running >= 0:
            pass
    return bodies
