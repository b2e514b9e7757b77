"""Why there is no release."""

from __future__ import annotations


class ReleaseError(Exception):
    """The students' repository cannot be made, and nothing was written. The text is one sentence."""
