"""Which words can name a project in addresses."""

from itertools import count

from django.core.exceptions import ValidationError

from studio.models import Project

# Words that stand, or may come to stand, where a project's slug stands in an address.
RESERVED = frozenset(
    {
        "accounts",
        "admin",
        "api",
        "assets",
        "billing",
        "client",
        "design",
        "docs",
        "generation",
        "healthz",
        "help",
        "invitations",
        "library",
        "live",
        "livez",
        "login",
        "mails",
        "logout",
        "media",
        "metrics",
        "new",
        "notices",
        "ops",
        "projects",
        "readyz",
        "review",
        "settings",
        "static",
        "studio",
        "uploads",
        "users",
        "webhooks",
    }
)

# What is kept of a long slug when a number follows it.
LONGEST_STEM = 52


def refuse_reserved(slug: str) -> None:
    """Raises ValidationError for a slug that the site needs for itself."""
    if slug in RESERVED:
        raise ValidationError(f"The site itself uses “{slug}”. Choose another, such as “{slug}-film”.")


def numbered(slug: str) -> str:
    """The slug itself when no project has it, else the first that is free of `slug-2`, `slug-3` and so on."""
    taken = set(Project.objects.filter(slug__startswith=slug[:LONGEST_STEM]).values_list("slug", flat=True))
    if not slug or slug not in taken:
        return slug
    tried = (f"{slug[:LONGEST_STEM].rstrip('-_')}-{number}" for number in count(2))
    return next(each for each in tried if each not in taken)
