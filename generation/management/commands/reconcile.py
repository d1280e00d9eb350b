"""`python manage.py reconcile`: a provider's bill against our books."""

import json
from argparse import ArgumentParser
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import CommandError

from billing.console import OneLineCommand
from generation.bills import acceptance, wording
from generation.bills.acceptance import Deed
from generation.bills.comparison import Comparison, compare
from generation.bills.errors import BillError
from generation.bills.files import read_bill
from generation.catalogue.wording import listed
from generation.providers import KEYS, provider_named
from generation.providers.base import BillLine, Provider
from generation.providers.errors import ProviderError
from generation.providers.http import Secrets

# A job of the last minute is billed in the next day.
MARGIN = timedelta(days=1)
MOST_DAYS = 400


class Command(OneLineCommand):
    help = "Compare a provider's bill with our books. Nothing is written without --accept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--provider", required=True, help="fal or kie")
        parser.add_argument(
            "--from", required=True, metavar="DATE", dest="first", help="the first day, in UTC"
        )
        parser.add_argument("--to", required=True, metavar="DATE", dest="last", help="the last day, in UTC")
        parser.add_argument("--file", metavar="CSV", help="an exported bill, instead of asking the provider")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")
        parser.add_argument(
            "--accept", action="store_true", help="book what differs; needs --by, and is safe to repeat"
        )
        parser.add_argument("--by", metavar="USERNAME", help="who accepts, for the record")
        parser.add_argument(
            "--missing-is-free",
            action="store_true",
            help="with --accept: take what is not on the bill as not charged",
        )

    def handle(
        self,
        *,
        provider: str,
        first: str,
        last: str,
        file: str | None,
        json: bool,
        accept: bool,
        by: str | None,
        missing_is_free: bool,
        **options: Any,
    ) -> None:
        if provider not in KEYS:
            raise CommandError(f"--provider must be {listed(sorted(KEYS), last='or')}, not “{provider}”.")
        since, until = _span(first, last)
        person = _person(by, accept=accept, missing_is_free=missing_is_free)
        found = compare(provider, _lines(provider, file, since, until), since, until)
        self._report(found, person, missing_is_free=missing_is_free, as_json=json)

    def _report(
        self, found: Comparison, person: User | None, *, missing_is_free: bool, as_json: bool
    ) -> None:
        done = (
            [] if person is None else list(acceptance.accept(found, person, missing_is_free=missing_is_free))
        )
        if as_json:
            self.stdout.write(json.dumps(wording.as_facts(found, done), ensure_ascii=False, indent=2))
        else:
            self.stdout.write("\n".join([*wording.in_words(found), *wording.outcomes_in_words(done)]))
        refused = sum(each.deed is Deed.REFUSED for each in done)
        if refused:
            raise CommandError(
                f"{refused} of {len(done)} differences could not be booked; the report says why."
            )


def _span(first: str, last: str) -> tuple[datetime, datetime]:
    """From the beginning of the first day to the end of the last, in UTC."""
    since, until = _day("--from", first), _day("--to", last)
    if until < since:
        raise CommandError(f"--to {until} is before --from {since}.")
    if (until - since).days >= MOST_DAYS:
        raise CommandError(f"That is more than {MOST_DAYS} days: compare fewer at once.")
    begin = datetime(since.year, since.month, since.day, tzinfo=UTC)
    return begin, begin + timedelta(days=(until - since).days + 1)


def _day(option: str, text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"{option} must be a day like 2026-11-01, not “{text}”.") from error
    if not 2020 <= day.year <= 2200:
        raise CommandError(f"{option} must be a day between 2020 and 2200, not {day}.")
    return day


def _person(by: str | None, *, accept: bool, missing_is_free: bool) -> User | None:
    """Who accepts; None when nothing is to be booked."""
    if not accept:
        if by or missing_is_free:
            raise CommandError("--by and --missing-is-free go with --accept.")
        return None
    if not by:
        raise CommandError("--accept books money: say who accepts it with --by USERNAME.")
    person = User.objects.filter(username=by, is_active=True).first()
    if person is None:
        raise CommandError(f"There is no active user “{by}”.")
    return person


def _lines(provider: str, file: str | None, since: datetime, until: datetime) -> Iterable[BillLine]:
    if file is not None:
        try:
            return read_bill(Path(file))
        except BillError as error:
            raise CommandError(str(error)) from error
    adapter = provider_named(provider)
    if type(adapter).bill is Provider.bill:
        raise CommandError(
            f"{adapter.label} does not give its bill. Export its log as CSV and give it with --file."
        )
    keys = [key for key in (settings.FAL_ADMIN_KEY, getattr(settings, KEYS[provider])) if key]
    if not keys:
        raise CommandError(
            f"{KEYS[provider]} is not set: put the key into the environment or into .env, or give an exported bill "
            "with --file."
        )
    now = datetime.now(UTC)
    try:
        return list(adapter.bill(since - MARGIN, max(min(until + MARGIN, now), since)))
    except ProviderError as error:
        # An answer can repeat what it was asked with.
        raise CommandError(Secrets(*keys).hide(f"{adapter.label}: {error}")) from None
