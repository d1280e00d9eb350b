"""`manage.py check_ledger`: do counters, holds and entries agree? Exit 0 when they do, 1 when not."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser

from billing.check import Result, check_books
from billing.console import OneLineCommand
from billing.models import Period
from billing.money import format_usd


class Command(OneLineCommand):
    help = "Rebuild all counters from entries and holds and report every difference (exit status 1 if any)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of lines")

    def handle(self, *args: Any, **options: Any) -> None:
        result = check_books()
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(result), indent=2))
        else:
            self._write(result)
        if not result.agrees:
            raise SystemExit(1)

    def _write(self, result: Result) -> None:
        for line in result.lines:
            figures = ", ".join(
                f"{name} {format_usd(getattr(line, name))}" for name in ("held", "spent", "overrun", "limit")
            )
            period = "" if line.key == Period.TOTAL else f" {line.key}"
            where = f"{line.account} (account {line.account_id}), {line.budget}{period}"
            self.stdout.write(f"{where}: {figures}")
        for finding in result.findings:
            self.stdout.write(f"DIFFERENT  {finding.text}")
        self.stdout.write(f"difference {_difference(result)}")


def _difference(result: Result) -> str:
    """`0` when the books agree, dollars when not; a difference without an amount is never shown as 0."""
    if result.agrees:
        return "0"
    if not result.difference:
        return "undetermined"
    return format_usd(result.difference).removeprefix("$").replace(",", "")


def _as_json(result: Result) -> dict[str, Any]:
    lines = [asdict(line) for line in result.lines]
    for line in lines:
        line |= {name: str(line[name]) for name in ("limit", "held", "spent", "overrun")}
    return {
        "agrees": result.agrees,
        "difference": _difference(result),
        "budgets": lines,
        "findings": [
            {"text": f.text, "micros": f.micros, "account_id": f.account_id} for f in result.findings
        ],
    }
