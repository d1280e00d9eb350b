"""The secrets of second factors, encrypted for the database: who reads a backup of it cannot make codes.

The key is made of SECRET_KEY, or of one of SECRET_KEY_FALLBACKS for what was sealed before SECRET_KEY was changed.
"""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac

PREFIX = "sealed:"
SECRETS = ("secret", "seed", "migrated_codes")
"""What is secret in the data of an authenticator."""


class BrokenSealError(Exception):
    """None of the keys opens it. The text is for people."""


def seal(text: str) -> str:
    """The text, to be read with our key alone."""
    return PREFIX + _keys().encrypt(text.encode()).decode()


def opened(text: str) -> str:
    """What was sealed; a text that never was is as it is. Raises BrokenSealError."""
    if not text.startswith(PREFIX):
        return text
    try:
        return _keys().decrypt(text.removeprefix(PREFIX).encode()).decode()
    except InvalidToken as error:
        raise BrokenSealError(
            "Your second factor cannot be read: the key of this studio was changed. Ask whoever runs it to put the old "
            "one into SECRET_KEY_FALLBACKS, or to take the second factor off your account."
        ) from error


def sealed_anew(data: Mapping[str, Any]) -> dict[str, Any]:
    """The data of an authenticator with its secrets under the key of today. Raises BrokenSealError."""
    return {name: _anew(value) if name in SECRETS else value for name, value in data.items()}


def bare(data: Mapping[str, Any]) -> dict[str, Any]:
    """The same with its secrets in the clear. Raises BrokenSealError."""
    return {name: _bare(value) if name in SECRETS else value for name, value in data.items()}


def _anew(value: Any) -> Any:
    return [_anew(each) for each in value] if isinstance(value, list) else seal(opened(value))


def _bare(value: Any) -> Any:
    return [_bare(each) for each in value] if isinstance(value, list) else opened(value)


def _keys() -> MultiFernet:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_key(secret)) for secret in secrets])


def _key(secret: str) -> bytes:
    digest = salted_hmac("studio.second-factor", "", secret=secret, algorithm="sha256").digest()
    return urlsafe_b64encode(digest)
