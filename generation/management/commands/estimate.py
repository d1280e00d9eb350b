"""Prices an order without placing it."""

import json
from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from billing.console import OneLineCommand
from generation.catalogue import InvalidArgumentsError, UnknownModelError, catalogue, validate
from generation.prices.in_force import where_readable
from generation.pricing import Quote, UnknownPriceError, plain, quote, source_words


class Command(OneLineCommand):
    help = "Say what an order would cost. Only what decides the price is needed; defaults fill the rest."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("model", help="a slug, an endpoint or an alias; “models” lists them")
        parser.add_argument(
            "--set",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help="a parameter, like seconds=5; may be repeated",
        )
        parser.add_argument("--count", default="1", help="how many takes (1)")
        parser.add_argument(
            "--as-of", metavar="DATE", help="price it as of this day, like 2025-10-31 (today)"
        )
        parser.add_argument("--json", action="store_true", help="print the quote as JSON")

    def handle(
        self, *, model: str, set: Sequence[str], count: str, as_of: str | None, json: bool, **options: Any
    ) -> None:
        on = _day(as_of)
        try:
            spec = catalogue().find(model)
            values = validate(spec, _values(set), partial=True)
            priced = where_readable(self.stderr.write)(spec)
            quoted = quote(priced, values, count=_count(count), on=on)
        except (UnknownModelError, InvalidArgumentsError, UnknownPriceError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(_as_json(quoted, on) if json else _as_text(spec.name, quoted))


def _day(text: str | None) -> date:
    if text is None:
        return timezone.localdate()
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"--as-of must be a day like 2025-10-31, not “{text}”.") from error


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text[:9]) <= 100_000 or len(text) > 6:
        raise CommandError(f"--count must be a whole number from 1 to 100000, not “{text}”.")
    return int(text)


def _values(settings: Sequence[str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for setting in settings:
        name, separator, value = setting.partition("=")
        name = name.strip()
        if not separator or not name:
            raise CommandError(f"--set takes name=value, like seconds=5, not “{setting}”.")
        if name in values:
            raise CommandError(f"--set gives “{name}” twice: keep one of the two.")
        values[name] = value
    return values


def _as_text(name: str, quoted: Quote) -> str:
    trust = "verified" if quoted.price_verified else "not verified"
    return "\n".join(
        [
            f"{name} ({quoted.model}): ${plain(quoted.amount)}",
            f"{quoted.explanation}; at most ${plain(quoted.upper_bound)}.",
            f"Price of {quoted.effective_on}, {trust}: {source_words(quoted.price_source)}.",
        ]
    )


def _as_json(quoted: Quote, on: date) -> str:
    facts = {
        "model": quoted.model,
        "count": quoted.count,
        "amount": plain(quoted.amount),
        "upper_bound": plain(quoted.upper_bound),
        "currency": quoted.currency,
        "unit": quoted.unit,
        "quantity": f"{quoted.quantity.normalize():f}",
        "price": plain(quoted.price),
        "surcharge": plain(quoted.surcharge),
        "price_source": quoted.price_source,
        "price_verified": quoted.price_verified,
        "effective_on": quoted.effective_on.isoformat(),
        "as_of": on.isoformat(),
        "explanation": quoted.explanation,
    }
    return json.dumps(facts, ensure_ascii=False, indent=2)
