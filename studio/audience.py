"""Whom billing's mails about a project go to, and where they lead."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Sum
from django.urls import reverse
from django.utils import timezone

from billing.audience import Audience
from billing.models import Account, Hold
from billing.money import from_micros
from generation.models import Generation
from studio.models import Project
from studio.permissions import producers
from studio.spending.outlook import outlook_now

MAX_ADDRESSES = 20


def audience_of(account: Account) -> Audience | None:
    """The producers who have a mail address, and the addresses that they added. None for an account without a project.

    An archived project keeps telling: what is on its way there still costs money.
    """
    project = Project.objects.filter(account=account).select_related("account").first()
    if project is None:
        return None
    people = [user.email for user in producers(project) if user.is_active and user.email]
    return Audience(
        name=project.name,
        recipients=tuple(_once([*people, *project.alert_emails])),
        spend_url=_whole(reverse("studio:project-spend", args=[project.slug])),
        budget_url=_whole(reverse("studio:project-budget", args=[project.slug])),
        undetermined=from_micros(_undetermined(account)),
        forecast="" if project.archived_at else outlook_now(project, timezone.now()).words,
    )


def parse_addresses(text: str) -> list[str]:
    """Mail addresses that a person typed, parted by commas, spaces or lines. ValidationError names the wrong one."""
    found = _once(text.replace(",", " ").replace(";", " ").split())
    for address in found:
        try:
            validate_email(address)
        except ValidationError:
            raise ValidationError(
                f"“{address}” is not a mail address. Write it like ada@example.com."
            ) from None
    if len(found) > MAX_ADDRESSES:
        raise ValidationError(f"These are {len(found)} addresses. Give at most {MAX_ADDRESSES}.")
    return found


def _undetermined(account: Account) -> int:
    unknown = Generation.objects.filter(account=account).undetermined()
    holds = Hold.objects.for_account(account).open().filter(generation__in=unknown)
    return holds.aggregate(total=Sum("amount_micros"))["total"] or 0


def _once(addresses: list[str]) -> list[str]:
    """Each address once, whatever its capitals, in the order given."""
    return list({address.casefold(): address for address in reversed(addresses)}.values())[::-1]


def _whole(path: str) -> str:
    return f"{settings.SITE_URL}{path}"
