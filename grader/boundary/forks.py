"""How the judge asks a zygote for processes: a byte with file descriptors, answered by `REPLY` structs.

The first reply of the first zygote is `READY`, with the level of its walls. `STARTED` brings a descriptor of
the process (a pidfd): by it the judge kills the process, and learns its number in the judge's own table.
"""

from __future__ import annotations

import struct

#: A child for one test; comes with its channel and the pipe for its output.
TEST = b"T"
#: Another zygote; comes with its control socket.
ZYGOTE = b"Z"
#: The zygote is warm; a process was started; one has ended.
READY, STARTED, ENDED = b"R", b"P", b"X"
#: What happened; the process's number among the zygote's children; its wait status, or the level of the walls.
REPLY = struct.Struct("<cii")

#: The walls around a child, weakest level first. A report names the level that stood around its submissions.
LEVELS = ("none", "limits", "filtered", "isolated", "wrapped")
