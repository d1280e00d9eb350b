"""What can go wrong with the catalogue, as errors a person can act on.

- CatalogueError: a catalogue file is wrong; fix the file at the key it names
- UnknownModelError: no model answers to that word; pick one of those listed
- InvalidArgumentsError: the values do not fit the model; `.errors` says what to change, one by one
"""

from collections.abc import Mapping

from .wording import listed

__all__ = ["ALL", "CatalogueError", "InvalidArgumentsError", "UnknownModelError"]

ALL = "__all__"
"""The key in `InvalidArgumentsError.errors` for what concerns several parameters together."""


class CatalogueError(ValueError):
    """A catalogue file does not say what it must. Names the file, the model's slug and the dotted key."""

    def __init__(self, problem: str, *, file: str, slug: str = "", key: str = "") -> None:
        self.problem, self.file, self.slug, self.key = problem, file, slug, key
        place = ": ".join(part for part in (file, slug, key) if part)
        super().__init__(f"{place}: {problem}")


class UnknownModelError(LookupError):
    """No model has this slug, endpoint or alias. The message lists the nearest ones."""

    def __init__(self, word: str, close: tuple[str, ...] = ()) -> None:
        self.word, self.close = word, close
        hint = f" Did you mean {listed(close)}?" if close else ""
        super().__init__(
            f"There is no model called “{word}”.{hint} “python manage.py models” lists all of them."
        )


class InvalidArgumentsError(ValueError):
    """The values given do not fit the model.

    `errors` maps a parameter (our word, or "__all__") to one whole sentence that says what to do.
    """

    def __init__(self, slug: str, errors: Mapping[str, str]) -> None:
        self.slug, self.errors = slug, dict(errors)
        super().__init__(f"{slug}: " + " ".join(self.errors.values()))
