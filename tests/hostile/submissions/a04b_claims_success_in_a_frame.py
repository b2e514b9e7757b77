# A4 raised: something that is not a message
import os
import struct

import msgspec


async def digest(*args):
    body = msgspec.msgpack.encode(["Passed", 1, "all tests passed"])
    os.write(3, struct.pack("!I", len(body)) + body)
    return "garbage"


survey = digest
