"""`python manage.py probe_provider fal|kie`: is the key accepted, what is left, does a cheap call answer?"""

import time
import uuid
from argparse import ArgumentParser
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from billing.console import OneLineCommand
from billing.money import format_usd
from generation.catalogue import catalogue
from generation.catalogue.wording import listed
from generation.providers import KEYS, provider_named
from generation.providers.base import Provider, Submission
from generation.providers.errors import OutOfCreditError, ProviderError, UnknownJobError, UnsupportedError
from generation.providers.http import Secrets


class Command(OneLineCommand):
    help = "Check a provider's key, the balance and one cheap call. Orders nothing and never shows the key."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("provider", help="fal or kie")

    def handle(self, *, provider: str, **options: Any) -> None:
        if provider not in KEYS:
            raise CommandError(
                f"There is no provider “{provider}” to probe: it can be {listed(sorted(KEYS), last='or')}."
            )
        key = getattr(settings, KEYS[provider])
        if not key:
            raise CommandError(f"{KEYS[provider]} is not set: put the key into the environment or into .env.")
        self._secrets = Secrets(key)
        self._say("key", f"{KEYS[provider]} is set")
        adapter = provider_named(provider)
        try:
            self._balance(adapter)
            self._read(adapter, provider)
        except ProviderError as error:
            # An answer can repeat what it was asked with.
            raise CommandError(self._secrets.hide(f"{adapter.label}: {error} {error.advice}")) from None
        self._say("orders", self._who_plays())
        self.stdout.write(f"{adapter.label} answers and accepts the key.")

    def _balance(self, adapter: Provider) -> None:
        try:
            left = adapter.balance()
        except UnsupportedError as error:
            self._say("balance", str(error))
            return
        self._say("balance", format_usd(left))
        if left <= Decimal(0):
            raise OutOfCreditError("nothing is left.")

    def _read(self, adapter: Provider, slug: str) -> None:
        """Ask about a job that cannot exist: it costs nothing, and a sound answer needs a sound key."""
        spec = next(iter(catalogue().filter(provider=slug)))
        began = time.monotonic()
        try:
            adapter.poll(Submission(request_id=uuid.uuid4().hex, endpoint=spec.endpoint))
        except UnknownJobError:
            took = time.monotonic() - began
            self._say(
                "read call", f"answered in {took:.2f} s: it knows no job of a made-up name, as it should"
            )
        else:
            raise ProviderError("it tells of a job that does not exist.")

    def _who_plays(self) -> str:
        if settings.USE_MOCK_DATA:
            return "go to the mock provider all the same, because USE_MOCK_DATA is on"
        return "go to the provider"

    def _say(self, name: str, words: str) -> None:
        self.stdout.write(f"  {name:<10} {self._secrets.hide(words)}")
