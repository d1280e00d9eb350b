"""The mails that were kept as files instead of being sent (EMAIL_URL=folder:), to be read on a page."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from django.conf import settings

from studio.mailers import KEPT

NEWEST = 100
_NAME = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9]+\.log")
# Django writes this line behind each mail; a file holds one.
_END = b"-" * 79


@dataclass(frozen=True)
class KeptMail:
    """A mail as it would have left. `name` is its file's; `html` is empty when it has no such part."""

    name: str
    subject: str
    date: str
    recipients: str
    text: str
    html: str


def are_kept() -> bool:
    """Whether mails go to a folder here and not to people."""
    return bool(settings.MAILERS["default"]["BACKEND"] == KEPT)


def kept_mails() -> Sequence[KeptMail]:
    """The newest NEWEST mails, the newest first."""
    names = sorted(
        (path.name for path in _folder().glob("*.log") if _NAME.fullmatch(path.name)), reverse=True
    )
    return [mail for name in names[:NEWEST] if (mail := kept_mail(name))]


def kept_mail(name: str) -> KeptMail | None:
    """The mail in this file; None when there is no such file, or the name is no mail's."""
    path = _folder() / name
    if not _NAME.fullmatch(name) or not path.is_file():
        return None
    content = path.read_bytes().rpartition(b"\n" + _END)[0]
    message = message_from_bytes(content, policy=policy.default)
    return KeptMail(
        name=name,
        subject=str(message["Subject"] or ""),
        date=str(message["Date"] or ""),
        recipients=str(message["To"] or ""),
        text=_part(message, "plain"),
        html=_part(message, "html"),
    )


def _folder() -> Path:
    return Path(settings.MAILERS["default"]["OPTIONS"]["file_path"])


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()) if part else ""
