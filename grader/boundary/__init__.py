"""What crosses between judge and sandbox, and how: messages, values, and a peer for each side.

Both sides import this package; it imports neither of them.
"""
