"""A child where there is no `fork`: a fresh interpreter, which calls the judge back over the loopback.

Run as ``python -s -P -m grader.sandbox.spawned PORT TOKEN``.
"""

from __future__ import annotations

import socket
import sys

from grader.sandbox import child


def main() -> None:
    """Connect to the judge and serve one test."""
    port, token = int(sys.argv[1]), sys.argv[2]
    sock = socket.create_connection(("127.0.0.1", port))
    sock.sendall(bytes.fromhex(token))
    child.watch_for_stalls()
    # Practice, as on systems that have no walls.
    child.main(sock, filtered=False)


if __name__ == "__main__":
    main()
