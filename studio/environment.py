"""Reading settings from the environment: a value that cannot be meant stops the start and names its variable."""

from collections.abc import Sequence
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

TRUE = {"true", "yes", "on", "1", "y"}
FALSE = {"false", "no", "off", "0", "n", ""}


class Environment(environ.Env):
    """django-environ's reader, strict about yes and no and about numbers.

    The original takes any word that it does not know for "no", and `USE_MOCK_DATA=ja` would cost real money.
    """

    def bool(self, var: str, default: Any = environ.Env.NOTSET) -> bool:
        """Yes or no. Raises ImproperlyConfigured for any other word."""
        text = self.str(var, default=str(default)).strip().lower()
        if text not in TRUE | FALSE:
            raise ImproperlyConfigured(f"{var} is {text!r}; it can be true or false.")
        return text in TRUE

    def int(self, var: str, default: Any = environ.Env.NOTSET, *, least: int = 0) -> int:
        """A whole number, not below `least`. Raises ImproperlyConfigured."""
        return int(self._number(var, default, int, least))

    def float(self, var: str, default: Any = environ.Env.NOTSET, *, least: float = 0) -> float:
        """A number, not below `least`. Raises ImproperlyConfigured."""
        return float(self._number(var, default, float, least))

    def one_of(self, var: str, choices: Sequence[str], default: Any = environ.Env.NOTSET) -> str:
        """One of these words. Raises ImproperlyConfigured for any other."""
        text = self.str(var, default=str(default)).strip().lower()
        if text not in choices:
            raise ImproperlyConfigured(f"{var} is {text!r}; it can be {' or '.join(choices)}.")
        return text

    def _number(self, var: str, default: Any, kind: Any, least: Any) -> Any:
        text = self.str(var, default=str(default)).strip()
        try:
            number = kind(text)
        except ValueError:
            raise ImproperlyConfigured(f"{var} is {text!r}; it must be a number.") from None
        if not least <= number < float("inf"):
            raise ImproperlyConfigured(f"{var} is {text!r}; it must be a number from {least} up.")
        return number
