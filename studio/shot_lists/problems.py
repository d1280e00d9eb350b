"""What is wrong with a shot list, place by place."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing to change. `row` counts as a spreadsheet does (the header is row 1).

    `row` is None where the whole file is meant, and `column` is empty where the whole row is meant.
    """

    row: int | None
    column: str
    message: str

    def __str__(self) -> str:
        if self.row is None:
            return self.message
        place = f"Row {self.row}, {self.column}" if self.column else f"Row {self.row}"
        return f"{place}: {self.message}"


class ShotListError(ValueError):
    """A shot list that cannot be taken: nothing was written. Its text has one line a problem."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    @classmethod
    def of_file(cls, message: str) -> "ShotListError":
        """The file as a whole cannot be read."""
        return cls([Problem(None, "", message)])

    def in_one_line(self, most: int = 5) -> str:
        """The first problems beside each other, and how many more there are."""
        shown = [" ".join(str(problem).split()).rstrip(".") for problem in self.problems[:most]]
        more = len(self.problems) - len(shown)
        return "; ".join(shown) + (f"; and {more} more." if more else ".")
