"""`@ada` in a text: which members of a project it names."""

import re
from typing import Any

from django.contrib.auth import get_user_model

from studio.models import Project

# What Django allows in a user name. A mail address is no mention: the sign stands at the start of a word.
_NAMED = re.compile(r"(?<![\w.@+-])@([\w.@+-]{1,150})")
# A name may end with these signs, and so may the sentence around it.
_TAIL = ".@+-_"


def mentioned(project: Project, text: str) -> list[Any]:
    """The members who are named in `text` by their user names, in any letter case, in no particular order."""
    wanted = {form.casefold() for name in _NAMED.findall(text) for form in _forms(name)}
    if not wanted:
        return []
    members = get_user_model().objects.filter(memberships__project=project, is_active=True)
    return [person for person in members if person.get_username().casefold() in wanted]


def _forms(name: str) -> set[str]:
    """The name as written, and without signs at its end: "@ada." ends a sentence, most of the time."""
    return {name, *(name[:end] for end in range(1, len(name)) if not name[end:].strip(_TAIL))}
