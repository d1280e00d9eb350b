"""What every page knows."""

from collections.abc import Callable

from django.http import HttpRequest

from generation.providers import KEYS, is_mocked
from studio import kept_mails
from studio.notices import unread_count
from studio.permissions import may_see_operations


def operations(request: HttpRequest) -> dict[str, bool]:
    """`may_see_operations`: whether to show the way to the operations page."""
    user = getattr(request, "user", None)
    return {"may_see_operations": user is not None and may_see_operations(user)}


def notices(request: HttpRequest) -> dict[str, Callable[[], int]]:
    """`unread_notices`: how many the user has; counted where it is drawn, so a fragment asks nothing."""
    user = getattr(request, "user", None)
    return {"unread_notices": lambda: unread_count(user) if user is not None and user.is_authenticated else 0}


def providers(request: HttpRequest) -> dict[str, bool]:
    """`provider_is_mocked`: true while any provider is played by the mock, so that the page can say so.

    `mails_are_kept`: true while mails lie here to be read instead of being sent.
    """
    return {
        "provider_is_mocked": any(is_mocked(slug) for slug in KEYS),
        "mails_are_kept": kept_mails.are_kept(),
    }
