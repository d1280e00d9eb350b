"""`python manage.py housekeep`: remove files that nobody keeps or knows, and say what that freed."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from billing.console import OneLineCommand
from studio import housekeeping
from studio.housekeeping import KINDS, Report
from studio.models import Project
from studio.take_words import weight

WORDS = {
    "retention": "files of takes that their project no longer keeps",
    "strays": "files in the storage that no row knows",
    "unfinished": "saves that broke off",
    "temporary": "temporary files on this machine",
    "records": "old visits by links for clients",
}


class Command(OneLineCommand):
    help = "Remove the files that nobody keeps or knows, and say what that freed. Money and history stay."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what would be removed")
        parser.add_argument("--project", metavar="SLUG", help="only what this project no longer keeps")
        parser.add_argument(
            "--only", metavar="KIND", choices=sorted(KINDS), help=f"one of {', '.join(KINDS)}"
        )
        parser.add_argument("--many", action="store_true", help="remove strays even if there are very many")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of lines")

    def handle(self, *, dry_run: bool, project: str | None, only: str | None, **options: Any) -> None:
        if project and only not in (None, "retention"):
            raise CommandError(
                "Of one project there is nothing but retention. Leave --only or --project out."
            )
        try:
            report = housekeeping.run(
                is_dry=dry_run,
                project=_found(project) if project else None,
                only=[only] if only else [],
                may_be_many=options["many"],
            )
        except housekeeping.BusyError as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(report), indent=2))
        else:
            self._write(report)
        if report.problems:
            raise CommandError(" ".join(report.problems))

    def _write(self, report: Report) -> None:
        for kind, freed in report.freed.items():
            self.stdout.write(f"{WORDS[kind]}: {freed.files}, {weight(freed.size_bytes)}")
        done = "would be freed; nothing was changed" if report.is_dry else "freed"
        self.stdout.write(f"{weight(report.size_bytes)} {done}")


def _found(slug: str) -> Project:
    project = Project.objects.filter(slug=slug).first()
    if project is None:
        raise CommandError(f"There is no project “{slug}”. Name it by its slug, like soap-film.")
    return project


def _as_json(report: Report) -> dict[str, Any]:
    return {
        "dry_run": report.is_dry,
        "freed": {
            kind: {"files": freed.files, "bytes": freed.size_bytes} for kind, freed in report.freed.items()
        },
        "files": report.files,
        "bytes": report.size_bytes,
        "problems": report.problems,
    }
