"""Taking secrets out of a line of the log, whoever wrote it: ours, a library's, or a provider's own words."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

HIDDEN = "[hidden]"
# Shorter ones would tear words apart.
SHORTEST = 6

_SETTING = re.compile(r"(^|_)(KEY|KEY_ID|SECRET|TOKEN|PASSWORD|FALLBACKS)$", re.IGNORECASE)
_SCHEMES = r"(?:bearer|basic|key|token)"
_NAMES = r"(?:x[-_])?api[-_]?key|secret(?:[-_]?key)?|passw(?:or)?d|access[-_]?token|sessionid|csrftoken"
_BYTES = r"(?:b(?=[\"']))?"
_QUOTES = r"[\"'\\]*"
_PATTERNS = (
    (
        rf"(authorization{_QUOTES}\s*[:=,]\s*{_BYTES}{_QUOTES}(?:{_SCHEMES}\s+)?)[^\s\"'\\,;}})]+",
        rf"\1{HIDDEN}",
    ),
    (rf"\b({_SCHEMES}\s+)(?=\S*[\d:=])[\w.~+/=:-]{{16,}}", rf"\1{HIDDEN}"),
    # The address at which a provider calls us ends with a token that only we can make.
    # It stands percent-encoded in the address of an order.
    (r"(webhooks(?:/|%2f)[\w-]+(?:/|%2f)[0-9a-f-]{36}(?:/|%2f))[^/%&\s\"'\\?]+", rf"\1{HIDDEN}"),
    # Who holds one of these links sets a password, confirms an address or joins a team.
    (r"((?:password/reset/[0-9a-z]+|confirm-email|invitations)/)(?=[^/\s]{16})[^/\s\"'?]+", rf"\1{HIDDEN}"),
    # So does the address of a client's link.
    (r"(/client/)[\w-]{16,}", rf"\1{HIDDEN}"),
    (
        r"([?&;](?:x-amz-(?:signature|credential|security-token)|signature|sig|awsaccesskeyid|key|token|"
        rf"{_NAMES})=)[^&\s\"'\\<>]+",
        rf"\1{HIDDEN}",
    ),
    (rf"(\b(?:{_NAMES}){_QUOTES}\s*[:=]\s*{_BYTES}{_QUOTES})[^\s\"'\\,;&}}]+", rf"\1{HIDDEN}"),
    (r"(://[^/\s:@\"'\\]*:)[^@/\s\"'\\]+(?=@)", rf"\1{HIDDEN}"),
)


class Redactor:
    """Hides the given texts, and whatever stands where secrets stand: headers, addresses, passwords."""

    def __init__(self, secrets: Iterable[str]) -> None:
        parts = {part for secret in secrets for part in (secret, *secret.split(":")) if len(part) >= SHORTEST}
        # As they stand in JSON as well; the longest first, or a part would leave the rest of the whole behind.
        written = {form for part in parts for form in (part, json.dumps(part)[1:-1])}
        self._secrets = sorted(written, key=len, reverse=True)
        self._patterns = [(re.compile(pattern, re.IGNORECASE), new) for pattern, new in _PATTERNS]

    def hide(self, line: str) -> str:
        """The line without secrets."""
        for secret in self._secrets:
            line = line.replace(secret, HIDDEN)
        for pattern, new in self._patterns:
            line = pattern.sub(new, line)
        return line


def secrets_among(settings: Mapping[str, Any]) -> Iterator[str]:
    """Every text whose name says that it is a secret, however deep: a setting that is added later is one too."""
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from secrets_among({str(key): each for key, each in value.items()})
        elif _SETTING.search(name):
            yield from [value] if isinstance(value, str) else filter(_is_text, value or [])


def _is_text(value: Any) -> bool:
    return isinstance(value, str)
