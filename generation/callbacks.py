"""The address at which a provider may call us about one generation.

It carries our own id of the generation and a token that only we can make, so that a call about an order whose answer
was lost still finds its row, and so that nobody else finds one.
"""

from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from generation.models import Generation

SALT = "generation.webhook"


def address_of(generation: Generation) -> str:
    """Where its provider may call about this generation; '' when this site has no public address."""
    if not settings.PUBLIC_URL or generation.is_mock:
        return ""
    path = reverse("generation:webhook", args=[generation.provider, generation.key, token_of(generation.key)])
    return f"{settings.PUBLIC_URL}{path}"


def token_of(key: UUID) -> str:
    """The token that belongs to this generation."""
    return _token(key, settings.SECRET_KEY)


def is_token(key: UUID, token: str) -> bool:
    """Whether we made this token, with today's secret key or one that is being replaced."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return any(constant_time_compare(token, _token(key, secret)) for secret in secrets)


def _token(key: UUID, secret: str) -> str:
    return salted_hmac(SALT, str(key), secret=secret, algorithm="sha256").hexdigest()
