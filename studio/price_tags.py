"""What stood on a button that orders: pressing it orders nothing dearer, and nothing else."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from billing.money import format_usd, from_micros
from generation.catalogue import ModelSpec
from generation.pricing import Quote
from studio.looks import Look, takes_negative, takes_words


@dataclass(frozen=True)
class PriceTag:
    """A price as it was shown, in micro-dollars, for the field that a form brings back (`str` and `read`).

    `besides` is a short name for what else was shown that others may change: the words that the look adds, or what
    replaces a take already. It has no blanks.
    """

    model: str
    amount_micros: int
    upper_bound_micros: int
    besides: str = ""

    @classmethod
    def of(cls, quote: Quote, besides: str = "") -> PriceTag:
        return cls(quote.model, quote.amount_micros, quote.upper_bound_micros, besides)

    @classmethod
    def read(cls, text: str) -> PriceTag | None:
        """The tag that was written with `str`; None where there was no price, or none that we wrote."""
        model, *rest = text.split(" ")
        if len(rest) != 3 or not all(part.isdecimal() and len(part) < 19 for part in rest[:2]):
            return None
        return cls(model, int(rest[0]), int(rest[1]), rest[2])

    def __str__(self) -> str:
        return f"{self.model} {self.amount_micros} {self.upper_bound_micros} {self.besides}"

    def dearer_than(self, seen: PriceTag | None) -> str:
        """How this one costs more than what was seen, as a sentence; empty when it does not. Cheaper is no news."""
        now = format_usd(from_micros(self.amount_micros))
        if seen is None:
            return f"The page did not show the price yet: it is {now}."
        if self.model != seen.model:
            return f"The page showed the price of another model: with this one it is {now}."
        if self.amount_micros > seen.amount_micros:
            return f"The price is {now} now; the page showed {format_usd(from_micros(seen.amount_micros))}."
        if self.upper_bound_micros > seen.upper_bound_micros:
            most, shown = (from_micros(each.upper_bound_micros) for each in (self, seen))
            return f"It can cost up to {format_usd(most)} now; the page showed up to {format_usd(shown)}."
        return ""


def name_of_look(spec: ModelSpec, look: Look) -> str:
    """A short name for what a look adds to the words of this model; empty when it adds nothing."""
    style = look.style if takes_words(spec) else ""
    negative = look.negative if takes_negative(spec) else ""
    if not style and not negative:
        return ""
    return hashlib.sha256(f"{style}\0{negative}".encode()).hexdigest()[:16]


def differs(now: PriceTag, shown: str, besides: str) -> str:
    """How an order would be dearer or other than what was shown, in sentences; empty where it would not be.

    `besides` is the sentence for what was shown beside the price.
    """
    seen = PriceTag.read(shown)
    dearer = now.dearer_than(seen)
    is_other = seen is not None and seen.besides != now.besides
    return f"{besides if is_other else ''} {dearer}".strip()
