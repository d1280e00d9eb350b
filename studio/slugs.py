"""Which words can name a project in addresses."""

from django.core.exceptions import ValidationError

# Words that stand, or may come to stand, where a project's slug stands in an address.
RESERVED = frozenset(
    {
        "accounts",
        "admin",
        "api",
        "assets",
        "billing",
        "docs",
        "generation",
        "healthz",
        "help",
        "live",
        "login",
        "mails",
        "logout",
        "media",
        "metrics",
        "new",
        "ops",
        "projects",
        "readyz",
        "settings",
        "static",
        "studio",
        "uploads",
        "users",
        "webhooks",
    }
)


def refuse_reserved(slug: str) -> None:
    """Raises ValidationError for a slug that the site needs for itself."""
    if slug in RESERVED:
        raise ValidationError(f"The site itself uses “{slug}”. Choose another, such as “{slug}-film”.")
