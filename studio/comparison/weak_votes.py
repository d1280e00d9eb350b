"""Weak votes: what everyday work says of models. Who circles a take prefers its model to those of the other takes.

Weak, because nobody compared on purpose: the takes may differ in words and settings, and names were seen. They are a
pool of their own, never mixed with blind votes. A shot votes once on each pair; circling another take votes anew.
"""

from typing import Any

from generation.catalogue import UnknownModelError, catalogue
from generation.models import Status
from studio.models import Shot, Take, WeakVote

__all__ = ["cast", "take_back"]


def cast(take: Take, by: Any | None) -> None:
    """Count what circling this take says, instead of what its shot said before. Inside the transaction that circles.

    Models of another mode, and of takes that gave nothing, have not lost: they were no choice.
    """
    take_back(take.shot)
    mode = None if take.generation is None else _mode_of(take.generation.model)
    if take.generation is None or mode is None:
        return
    arrived = Take.objects.filter(shot=take.shot, generation__status=Status.SUCCEEDED)
    others = arrived.values_list("generation__model", flat=True).order_by().distinct()
    WeakVote.objects.bulk_create(
        WeakVote(
            project=take.shot.scene.project,
            mode=mode,
            shot=take.shot,
            take=take,
            winner=take.generation.model,
            loser=other,
            person=by,
        )
        for other in sorted({*others} - {take.generation.model})
        if _mode_of(other) == mode
    )


def take_back(shot: Shot) -> None:
    """Nobody is preferred there any more."""
    WeakVote.objects.filter(shot=shot).delete()


def _mode_of(slug: str) -> str | None:
    """None for a model that has gone from the catalogue."""
    try:
        return catalogue().find(slug).mode
    except UnknownModelError:
        return None
