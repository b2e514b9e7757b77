"""What whoever runs a command can mend."""


class Problem(Exception):
    """Something that a person can mend. The text is one sentence: what is wrong, where, and what to do."""
