"""`python manage.py import_shots PROJECT FILE.csv`: a shot list becomes scenes and shots."""

from argparse import ArgumentParser
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.db import transaction

from billing import budgets
from billing.console import OneLineCommand
from billing.errors import LimitError
from billing.money import format_usd, parse_usd
from studio.models import Membership, Project, Role
from studio.permissions import producers
from studio.projects import create_project
from studio.shot_lists import COLUMNS, MAX_BYTES, Loaded, ShotListError, load, read
from studio.slugs import refuse_reserved

SHOWN = 5


class Command(OneLineCommand):
    help = (
        f"Load a CSV ({', '.join(COLUMNS)}; scene and prompt are required) into a project, all of it or "
        "nothing. Makes the project when there is none; shots that exist are changed, none are deleted."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project", help="the project's slug, like soap-film")
        parser.add_argument("file", help="a CSV file in UTF-8")
        parser.add_argument(
            "--owner", metavar="USERNAME", help="who produces a new project (the only superuser)"
        )
        parser.add_argument(
            "--budget", metavar="USD", help="the budget of a new project (DEFAULT_BUDGET_USD)"
        )
        parser.add_argument("--name", help="the name of a new project (made from its slug)")

    def handle(self, *, project: str, file: str, **options: Any) -> None:
        data = _bytes_of(file)
        try:
            with transaction.atomic():
                found = Project.objects.filter(slug=project).first()
                remarks = self._for_existing(found, options) if found else []
                chosen = found or _create(project, options)
                loaded = load(chosen, read(chosen, data))
        except ShotListError as error:
            self._refuse(file, error)
        self._report(chosen, loaded, is_new=found is None, remarks=remarks)

    def _for_existing(self, project: Project, options: dict[str, Any]) -> list[str]:
        """What to say of options that a project that exists does not need."""
        remarks = []
        if options["owner"]:
            owner = _user(options["owner"])
            if not producers(project):
                Membership.objects.update_or_create(
                    project=project, user=owner, defaults={"role": Role.PRODUCER}
                )
            elif owner not in producers(project):
                remarks.append("The project has a producer already, so --owner is not used.")
        for option in ("budget", "name"):
            if options[option] is not None:
                remarks.append(f"The project exists already, so --{option} is not used.")
        return remarks

    def _refuse(self, file: str, error: ShotListError) -> None:
        if len(error.problems) > SHOWN:
            self.stdout.write(str(error))
        raise CommandError(f"{file} was not imported: {error.in_one_line(SHOWN)}") from error

    def _report(self, project: Project, loaded: Loaded, *, is_new: bool, remarks: list[str]) -> None:
        if is_new:
            limit = format_usd(budgets.available(project.account).limit)
            self.stdout.write(f"Made the project “{project.name}” ({project.slug}) with a budget of {limit}.")
        for remark in remarks:
            self.stdout.write(remark)
        self.stdout.write(f"{project.slug}: {loaded}.")
        people = producers(project)
        if is_new and people:
            self.stdout.write(f"{people[0].get_username()} is its producer.")
        if not people:
            self.stdout.write("Nobody is its producer yet: run this again with --owner USERNAME.")


def _bytes_of(file: str) -> bytes:
    try:
        with Path(file).open("rb") as opened:
            # One byte more than allowed is enough to know that there are too many.
            return opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from error


def _create(slug: str, options: dict[str, Any]) -> Project:
    _check_slug(slug)
    name = options["name"] or slug.replace("-", " ").replace("_", " ").capitalize()
    if len(name) > 120:
        raise CommandError("--name is too long: use 120 characters or fewer.")
    try:
        return create_project(
            name=name, slug=slug, by=_owner(options["owner"]), budget=_budget(options["budget"])
        )
    except LimitError as error:
        raise CommandError(f"--budget: {error}") from error


def _check_slug(slug: str) -> None:
    field = Project._meta.get_field("slug")
    try:
        refuse_reserved(slug)
        field.clean(slug, None)
    except ValidationError as error:
        raise CommandError(
            f"“{slug[:80]}” cannot name a project. {' '.join(error.messages)} Use a name like soap-film."
        ) from error


def _budget(text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        return parse_usd(text)
    except ValueError as error:
        raise CommandError(f"--budget: {error}") from error


def _owner(username: str | None) -> Any | None:
    if username:
        return _user(username)
    superusers = get_user_model().objects.filter(is_superuser=True, is_active=True)[:2]
    return superusers[0] if len(superusers) == 1 else None


def _user(username: str) -> Any:
    user = get_user_model().objects.filter(username=username).first()
    if user is None:
        raise CommandError(
            f"There is no user “{username}”. Make one with “python manage.py createsuperuser”, "
            "or in the admin."
        )
    return user
