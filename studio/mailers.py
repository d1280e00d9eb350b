"""The address of a mail server, as one variable of the environment, and what Django's MAILERS make of it.

| EMAIL_URL | what happens to a mail |
|---|---|
| `folder:` or `folder:/a/path` | kept in VAR_DIR/mails or there and read by staff at /mails/; its text is written out |
| `console:` | it is written to the standard output |
| `smtp://user:password@host:25` | it is sent as it is |
| `smtp+tls://user:password@host:587` | it is sent after STARTTLS |
| `smtps://user:password@host:465` | it is sent over TLS |

A user name or password with signs like `@` or `/` is percent-encoded.
"""

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

BACKENDS = "django.core.mail.backends"
KEPT = "studio.mail_folder.EmailBackend"
# Seconds: one mail may not hold up a worker for longer than its claim lasts (billing.outbox.LEASE).
TIMEOUT = 20
_PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}


def mailers(url: str, folder: Path) -> dict[str, dict[str, Any]]:
    """MAILERS for this EMAIL_URL; `folder` is where mails are kept when it names none.

    Raises ImproperlyConfigured, without the password in its words.
    """
    scheme, colon, rest = url.strip().partition(":")
    if colon and scheme == "folder" and not rest.startswith("//"):
        return {"default": {"BACKEND": KEPT, "OPTIONS": {"file_path": rest or str(folder)}}}
    if colon and scheme == "console" and not rest.strip("/"):
        return _default("console")
    if colon and scheme in _PORTS:
        return _default("smtp", **_server(url.strip(), scheme))
    raise ImproperlyConfigured(
        f"EMAIL_URL begins with {scheme!r}; it can be folder:, folder:/a/path, console:, "
        "smtp://host:port, smtp+tls://user:password@host:port or smtps://user:password@host:port."
    )


def _server(url: str, scheme: str) -> dict[str, Any]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:  # The error would repeat what was written, and with it perhaps the password.
        host, port = None, None
        parts = None
    if parts is None or not host or port == 0 or parts.path.strip("/") or parts.query or parts.fragment:
        raise ImproperlyConfigured(
            f"EMAIL_URL is not the address of a mail server. Write {scheme}://user:password@host:port, "
            "with signs like @, / and # in the password percent-encoded."
        )
    if parts.username and parts.password is None:
        raise ImproperlyConfigured("EMAIL_URL has a user name and no password. Give both, or neither.")
    return {
        "host": host,
        "port": port or _PORTS[scheme],
        "username": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "use_tls": scheme == "smtp+tls",
        "use_ssl": scheme == "smtps",
        "timeout": TIMEOUT,
    }


def _default(backend: str, **options: Any) -> dict[str, dict[str, Any]]:
    return {"default": {"BACKEND": f"{BACKENDS}.{backend}.EmailBackend", "OPTIONS": options}}
