"""Lists the models of the catalogue."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from billing.console import OneLineCommand
from generation.catalogue import ModelSpec, Parameter, Price, catalogue
from generation.catalogue.spec import Surcharge, Tier
from generation.catalogue.wording import listed
from generation.prices.in_force import where_readable
from generation.pricing import UnknownPriceError, plain, price_on, unit_word
from generation.switches.in_force import where_readable as where_readable_switches
from generation.switches.models import SwitchState


class Command(OneLineCommand):
    help = "List the AI models of the catalogue, with the price in force today."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--kind", help="image, video or utility")
        parser.add_argument("--provider", help="fal or kie")
        parser.add_argument("--json", action="store_true", help="print everything as JSON")

    def handle(self, *, kind: str | None, provider: str | None, json: bool, **options: Any) -> None:
        specs = catalogue().models.values()
        _check("kind", kind, sorted({spec.kind for spec in specs}))
        _check("provider", provider, sorted({spec.provider for spec in specs}))
        priced = where_readable(self.stderr.write)
        chosen = tuple(priced(spec) for spec in catalogue().filter(kind=kind, provider=provider))
        self.stdout.write(_as_json(chosen) if json else _as_table(chosen))


def _check(option: str, word: str | None, allowed: list[str]) -> None:
    if word is not None and word not in allowed:
        raise CommandError(f"--{option} must be {listed(allowed)}, not “{word}”.")


def _as_table(specs: tuple[ModelSpec, ...]) -> str:
    head = ("SLUG", "NAME", "KIND", "MODE", "PROVIDER", "STATUS", "PRICE TODAY")
    rows = [head, *(_row(spec) for spec in specs)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    return "\n".join([*(line.rstrip() for line in lines), f"{len(specs)} models"])


def _row(spec: ModelSpec) -> tuple[str, ...]:
    return (spec.slug, spec.name, spec.kind, spec.mode, spec.provider, _status(spec), _price_today(spec))


def _status(spec: ModelSpec) -> str:
    """The catalogue's word, unless somebody has hidden or disabled the model here."""
    switch = where_readable_switches().get(spec.slug)
    return spec.status if switch is None or switch.state == SwitchState.ENABLED else switch.state


def _price_today(spec: ModelSpec) -> str:
    try:
        price = price_on(spec, timezone.localdate())
    except UnknownPriceError:
        return "unknown"
    if price.amount is None:
        return "unknown"
    doubt = "" if price.verified else " (unverified)"
    tiers = ", by what is asked" if price.tiers else ""
    return f"${plain(price.amount)} a {unit_word(price.unit)}{tiers}{doubt}"


def _as_json(specs: tuple[ModelSpec, ...]) -> str:
    return json.dumps([_facts(spec) for spec in specs], ensure_ascii=False, indent=2)


_PLAIN_FACTS = {
    "slug",
    "name",
    "provider",
    "endpoint",
    "family",
    "kind",
    "mode",
    "status",
    "aliases",
    "replaced_by",
    "one_of",
    "typical_seconds",
    "deadline_seconds",
    "notes",
    "sources",
}


def _facts(spec: ModelSpec) -> dict[str, object]:
    today = timezone.localdate()
    in_force = [price for price in spec.prices if price.starts_on <= today]
    return spec.model_dump(mode="json", include=_PLAIN_FACTS) | {
        "status": _status(spec),
        "price": _price(in_force[-1]) if in_force else None,
        "prices": [_price(price) for price in spec.prices],
        "parameters": [_parameter(parameter) for parameter in spec.parameters],
    }


def _price(price: Price) -> dict[str, object]:
    return price.model_dump(mode="json", exclude={"tiers", "surcharges", "amount"}) | {
        "amount": None if price.amount is None else plain(price.amount),
        "tiers": [_conditional(tier) | {"is_possible": tier.is_possible} for tier in price.tiers],
        "surcharges": [_conditional(surcharge) for surcharge in price.surcharges],
    }


def _conditional(row: Tier | Surcharge) -> dict[str, object]:
    return row.model_dump(mode="json", exclude_none=True, exclude={"amount"}) | {"amount": plain(row.amount)}


def _parameter(parameter: Parameter) -> dict[str, object]:
    facts = parameter.model_dump(mode="json", exclude_none=True, exclude={"help", "label", "fields"})
    if parameter.type == "seconds":
        facts["choices"] = list(parameter.lengths)
    return facts
