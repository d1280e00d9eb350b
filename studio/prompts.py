"""The history of a shot's words: each saved change is kept, can be compared, and can be brought back."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import transaction

from studio.activity import Deed, note
from studio.models import PromptVersion, Shot

type Words = tuple[str, str]
"""A prompt and a negative prompt."""


@contextmanager
def rewriting(shot: Shot, by: Any | None, *, restores: int | None = None) -> Iterator[None]:
    """Around whatever saves a shot's words: one transaction, in which new ones become its newest version.

    What the shot said before anything was kept becomes version 1, so that nothing is lost.
    """
    with transaction.atomic():
        before = _words_of(shot.pk)
        yield
        after = _words_of(shot.pk)
        if before == after:
            return
        last = shot.versions.order_by("-number").first()
        if last is None:
            last = _keep(shot, 1, before, None, saved_at=shot.created_at)
        _keep(shot, last.number + 1, after, by, restores=restores)


def versions(shot: Shot) -> Sequence[PromptVersion]:
    """The newest first. A shot that was never changed has one, which is not in the database."""
    kept = list(shot.versions.select_related("saved_by").order_by("-number"))
    return kept or [
        PromptVersion(
            shot=shot,
            number=1,
            prompt=shot.prompt,
            negative_prompt=shot.negative_prompt,
            saved_at=shot.created_at,
        )
    ]


def restore(shot: Shot, version: PromptVersion, by: Any) -> bool:
    """Let the shot say what it said then, as a new version. False when it says just that."""
    if (shot.prompt, shot.negative_prompt) == (version.prompt, version.negative_prompt):
        return False
    with rewriting(shot, by, restores=version.number):
        shot.prompt, shot.negative_prompt = version.prompt, version.negative_prompt
        shot.save(update_fields=["prompt", "negative_prompt", "changed_at"])
        words = f"brought back version {version.number} of the prompt of shot {shot.label}"
        note(shot.scene.project, by, Deed.SHOT_CHANGED, shot=shot, words=words)
    return True


def _words_of(shot_id: int) -> Words:
    rows = Shot.objects.select_for_update().filter(pk=shot_id)
    return rows.values_list("prompt", "negative_prompt").get()


def _keep(shot: Shot, number: int, words: Words, by: Any | None, **fields: Any) -> PromptVersion:
    prompt, negative = words
    return PromptVersion.objects.create(
        shot=shot, number=number, prompt=prompt, negative_prompt=negative, saved_by=by, **fields
    )
