"""What goes wrong when a description is written."""


class UnwritableError(Exception):
    """The file cannot carry a description, or is not built as its type should be. The master is not affected."""
