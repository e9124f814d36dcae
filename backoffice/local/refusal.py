"""When the product cannot start: one sentence, exit code 1."""


class CannotStart(Exception):
    """A sentence for the person at the terminal."""
