"""Auto-graded exercises for asynchronous Python, judged in virtual time."""

__version__ = "0.1.0"
