"""The one fault that anything received can be charged with."""

from __future__ import annotations


class ProtocolFault(Exception):
    """What came over the boundary is not what may come; the message is a plain sentence."""


class CannotCross(TypeError):
    """A value that may not cross the boundary was about to be sent; the message names it."""
