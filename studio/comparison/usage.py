"""What a comparison gives back to the film: which shots a model could make from now on, and what that would change."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from generation.catalogue import ModelSpec
from generation.switches.in_force import why_off
from studio import estimates
from studio.models import Project, Shot
from studio.plans import model_of
from studio.shot_settings import misfits


@dataclass(frozen=True)
class Change:
    """A shot with what one take of it costs now and on the new model, in US dollars; None where nobody knows.

    `reason` says why the new model cannot make it; empty where it can.
    """

    shot: Shot
    now: ModelSpec
    before: Decimal | None
    after: Decimal | None
    reason: str

    @property
    def difference(self) -> Decimal | None:
        return None if self.before is None or self.after is None else self.after - self.before


@dataclass(frozen=True)
class Changes:
    """All shots of a film that the model does not make already."""

    rows: Sequence[Change]
    same: int

    @property
    def possible(self) -> list[Change]:
        return [row for row in self.rows if not row.reason]

    @property
    def impossible(self) -> list[Change]:
        return [row for row in self.rows if row.reason]


def changes_to(project: Project, spec: ModelSpec) -> Changes:
    """What would change if this model made the shots of the film, in its order. A fixed number of queries."""
    shots = list(
        Shot.objects.current()
        .filter(scene__project=project)
        .select_related("scene")
        .order_by("scene__position", "position")
    )
    rows = []
    for shot in shots:
        shot.scene.project = project
        now = model_of(shot)
        if now.slug != spec.slug:
            rows.append(_change(project, shot, now, spec))
    return Changes(rows, len(shots) - len(rows))


def _change(project: Project, shot: Shot, now: ModelSpec, spec: ModelSpec) -> Change:
    before = estimates.bare_price(shot, now)
    reason = _reason(project, shot, now, spec)
    return Change(shot, now, before, None if reason else estimates.bare_price(shot, spec), reason)


def _reason(project: Project, shot: Shot, now: ModelSpec, spec: ModelSpec) -> str:
    if off := why_off(spec):
        return off
    if now.mode != spec.mode:
        return f"{now.name} makes something else of it than {spec.name} would."
    kept = shot.model
    # As if the shot named it: what follows the project is asked for other things.
    shot.model = spec.slug
    problems = misfits(spec, project, shot)
    shot.model = kept
    return " ".join(problems.values())
