"""Changing a shot's prompt and length where they stand, without writing over what a teammate has just written."""

import hashlib
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from studio import outline
from studio.models import Shot


class ChangedMeanwhileError(Exception):
    """The shot no longer says what was shown."""


def words_key(shot: Shot) -> str:
    """A short name for a shot's prompt and length, for a form to say what it showed."""
    said = repr((shot.prompt, None if shot.seconds is None else shot.seconds.normalize()))
    return hashlib.sha256(said.encode()).hexdigest()[:12]


@transaction.atomic
def rewrite(shot: Shot, by: Any | None, words: Mapping[str, Any], *, seen: str) -> None:
    """Save new words of a shot, if it still says what was `seen`. Raises ChangedMeanwhileError."""
    now = Shot.objects.select_for_update().get(pk=shot.pk)
    if words_key(now) != seen:
        raise ChangedMeanwhileError
    now.scene = shot.scene
    changed = [name for name, value in words.items() if getattr(now, name) != value]
    for name in changed:
        setattr(now, name, words[name])
    outline.change(now, by, changed)
