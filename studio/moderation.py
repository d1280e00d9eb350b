"""Staff take a take out of its team's sight, with a reason, and give it back. Money and history stay as they are."""

from typing import Any

from django.db import transaction

from generation.safety import hiding
from generation.safety.hideable import Hideable
from studio import positions
from studio.activity import Deed, note
from studio.models import Shot, Take


@transaction.atomic
def hide(take: Take, by: Any, why: str) -> bool:
    """Hide all files of a take from its team. False when there was none left to hide."""
    return _change(take, by, why, Deed.TAKE_HIDDEN)


@transaction.atomic
def show(take: Take, by: Any, why: str) -> bool:
    """Let the team see a hidden take again. False when none of it was hidden."""
    return _change(take, by, why, Deed.TAKE_SHOWN)


def _change(take: Take, by: Any, why: str, deed: Deed) -> bool:
    positions.hold_still(Shot.objects.filter(pk=take.shot_id))
    act = hiding.hide if deed == Deed.TAKE_HIDDEN else hiding.show
    changed = [act(file, by, why) for file in _files(take)]
    if not any(changed):
        return False
    said = "hid" if deed == Deed.TAKE_HIDDEN else "showed again"
    words = f"{said} take {take.number} of shot {take.shot.label}: {why}"
    note(take.shot.scene.project, by, deed, take=take, words=words)
    return True


def _files(take: Take) -> list[Hideable]:
    if take.upload is not None:
        return [take.upload]
    return list(take.generation.outputs.order_by("pk")) if take.generation else []
