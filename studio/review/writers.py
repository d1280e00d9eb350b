"""Who says something about a take: a member of the team, or a client by a link."""

from dataclasses import dataclass
from typing import Any

from studio.models import ClientLink


@dataclass(frozen=True)
class Writer:
    """Exactly one of the two is set."""

    member: Any | None = None
    link: ClientLink | None = None

    @property
    def fields(self) -> dict[str, Any]:
        """How a row remembers them."""
        return {"author": self.member, "link": self.link}


def name_of(author: Any | None, link: ClientLink | None) -> str:
    """What to call whoever wrote a row."""
    if link is not None:
        return f"{link.client} (client)"
    return (author.get_full_name() or author.get_username()) if author else "Somebody who has left"
