"""A person's mail address. What stands on the user is believed: staff, an invitation or a link put it there."""

from typing import Any
from unicodedata import normalize

from allauth.account.internal.userkit import filter_users_by_email, get_user_by_username
from allauth.account.models import EmailAddress
from allauth.account.utils import user_email
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Q, QuerySet


@transaction.atomic
def believe(user: Any) -> None:
    """Enter the user's address as confirmed, in place of one before it.

    Without this a change that waits for its confirmation would already drop an address that staff gave. One that
    another account has confirmed is left as it is.
    """
    address = user_email(user)
    if not address or EmailAddress.objects.filter(email=address, verified=True).exists():
        return
    own = EmailAddress.objects.filter(user=user)
    own.filter(verified=True).delete()
    own.update_or_create(user=user, email=address, defaults={"verified": True, "primary": True})


def people_with(address: str) -> QuerySet[Any]:
    """Whose address this is, whatever its capitals, which staff may have typed."""
    wanted, people = address.lower(), get_user_model().objects
    confirmed = EmailAddress.objects.filter(email=wanted, verified=True).values("user")
    # A database takes letters of other alphabets for capitals of ours (“ı” for “I”): those are other people.
    near = people.filter(email__iexact=address).values_list("pk", "email")
    same = [pk for pk, email in near if email.lower() == wanted]
    return people.filter(Q(pk__in=same) | Q(pk__in=confirmed))


def account_named(login: str) -> str:
    """A name for the account that this user name or mail address opens, the same whichever of them was typed.

    Of a login that opens none it is the text itself, with letters that look alike as one.
    """
    found = {user.pk for user in filter_users_by_email(login, prefer_verified=True, for_login=True)}
    if (user := get_user_by_username(login)) is not None:
        found.add(user.pk)
    return f"account {min(found)}" if found else f"nobody {normalize('NFKC', login).casefold().strip()}"


def known_of(user: Any, address: str) -> str:
    """The user's own address where `address` names it: what somebody typed to find it is never written to."""
    own = [user_email(user), *EmailAddress.objects.filter(user=user).values_list("email", flat=True)]
    return next((each for each in own if each and each.lower() == address.lower()), user_email(user) or "")
