"""Short mails: what happened, a few sentences, and at most one thing to press."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse


@dataclass(frozen=True)
class ShortLetter:
    """A mail before it is written out; everything is plain text. `footer` says why one gets it."""

    subject: str
    headline: str
    sentences: Sequence[str]
    footer: str
    url: str = ""
    action: str = ""

    @property
    def text(self) -> str:
        return render_to_string("mail/short.txt", {"letter": self}).strip() + "\n"

    @property
    def html(self) -> str:
        return render_to_string("mail/short.html", {"letter": self})


def whole_address(name: str, *arguments: Any) -> str:
    """The address of a page for a mail; the host is the one from the settings, never one that a request names."""
    return f"{settings.SITE_URL}{reverse(name, args=arguments)}"
