"""`python manage.py seal_second_factors`: encrypt the secrets of second factors with the SECRET_KEY of today."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import CommandError
from django.db import transaction

from billing.console import OneLineCommand
from studio.people.seals import BrokenSealError, sealed_anew


class Command(OneLineCommand):
    help = "Encrypt second factors with SECRET_KEY, so that an old key can leave SECRET_KEY_FALLBACKS."

    def handle(self, **options: Any) -> None:
        sealed, broken = 0, []
        with transaction.atomic():
            for row in (
                Authenticator.objects.select_for_update(of=("self",)).select_related("user").order_by("pk")
            ):
                try:
                    row.data = sealed_anew(row.data)
                except BrokenSealError:
                    broken.append(row.user.get_username())
                    continue
                row.save(update_fields=["data"])
                sealed += 1
        self.stdout.write(f"{sealed} second factors are under the key of today.")
        if broken:
            raise CommandError(
                f"No key opens those of {', '.join(sorted(set(broken)))}. Put the key that sealed them into "
                "SECRET_KEY_FALLBACKS, or take them off in the admin, under Authenticators."
            )
