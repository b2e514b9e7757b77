"""How the judge asks a zygote for processes: a byte with file descriptors, answered by `REPLY` structs."""

from __future__ import annotations

import struct

#: A child for one test; comes with its channel and the pipe for its output.
TEST = b"T"
#: Another zygote; comes with its control socket.
ZYGOTE = b"Z"
#: A process was started, or has ended.
STARTED, ENDED = b"P", b"X"
#: STARTED or ENDED, process id, wait status.
REPLY = struct.Struct("<cii")
