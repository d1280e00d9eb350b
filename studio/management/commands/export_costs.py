"""`python manage.py export_costs PROJECT`: a project's ledger, or its costs in the FOCUS format, as CSV."""

from argparse import ArgumentParser
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from billing.console import OneLineCommand
from studio.exports.focus import focus_csv
from studio.exports.ledger_csv import ledger_csv
from studio.models import Project
from studio.spending.lines import Choice


class Command(OneLineCommand):
    help = "Write a project's ledger (csv) or what it spent in FOCUS 1.0 (focus) as CSV, to a file or stdout."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project", help="the project's slug, like soap-film")
        parser.add_argument("--from", dest="first", metavar="DATE", help="the first day, like 2026-11-01")
        parser.add_argument("--to", dest="last", metavar="DATE", help="the last day, like 2026-11-30")
        parser.add_argument("--format", choices=["csv", "focus"], default="csv")
        parser.add_argument("--out", metavar="FILE", help="where to write (stdout)")

    def handle(self, *, project: str, out: str | None, **options: Any) -> None:
        found = Project.objects.filter(slug=project).select_related("account").first()
        if found is None:
            raise CommandError(f"There is no project “{project}”. Name it by its slug, like soap-film.")
        choice = Choice(first=_day("--from", options["first"]), last=_day("--to", options["last"]))
        if choice.first and choice.last and choice.first > choice.last:
            raise CommandError("--to is before --from. Give a later day, or leave one of them out.")
        is_focus = options["format"] == "focus"
        chunks = focus_csv(found, choice) if is_focus else ledger_csv(found.account, choice)
        if out is None:
            for chunk in chunks:
                self.stdout.write(chunk, ending="")
        else:
            _save(Path(out), chunks)
            self.stdout.write(f"Written to {out}.")


def _save(path: Path, chunks: Iterable[str]) -> None:
    """Write beside the file and put it in place when it is whole."""
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            file.writelines(chunks)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from error


def _day(option: str, value: str | None) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise CommandError(f"{option} “{value}” is not a day. Write it like 2026-11-21.") from None
