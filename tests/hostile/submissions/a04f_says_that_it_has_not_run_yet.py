# A4 raised: spoke to the grader out of turn
"""Claims that the sandbox broke before the code ran, which would be the grader's error."""

import os
import struct

import msgspec

from grader.boundary.messages import Ready

frame = msgspec.msgpack.encode(Ready())
os.write(3, struct.pack("!I", len(frame)) + frame)
os._exit(70)
