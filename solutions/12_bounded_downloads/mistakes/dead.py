"""correctness: deadlock."""
import asyncio, os


async def download_all(session, urls, limit):
    lock = asyncio.Lock()
    await lock.acquire()
    await lock.acquire()
