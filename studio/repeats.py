"""An order whose very take is there already: it is offered before money is spent on the same again.

The take is offered where it is, not copied to another shot: a generation belongs to one take, with its money and
its history.
"""

from dataclasses import dataclass

from django.utils import timezone
from django.utils.timesince import timesince

from generation.models import Generation
from generation.orders import same_as
from studio.models import Take
from studio.takes import ShotOrder, as_order


@dataclass(frozen=True)
class Repeat:
    """The take that an order would repeat. It comes with its shot, scene, project and generation."""

    take: Take
    generation: Generation
    is_here: bool

    @property
    def label(self) -> str:
        """“Take 3 of this shot”."""
        place = "this shot" if self.is_here else f"shot {self.take.shot.label}"
        return f"Take {self.take.number} of {place}"

    @property
    def words(self) -> str:
        """One sentence that says what is there and since when."""
        if not self.generation.is_finished:
            return f"{self.label} is being made with this model and these settings, ordered {_ago(self.generation)}."
        return f"{self.label} was made with this model and these settings {_ago(self.generation)}."

    @property
    def url(self) -> str:
        """The page on which it is looked at."""
        return f"{self.take.shot.get_absolute_url()}?take={self.take.number}"


def repeat_of(planned: ShotOrder) -> Repeat | None:
    """The take of the project that this order would make again, the shot's own before others, the newest first.

    Raises InvalidArgumentsError.
    """
    project = planned.shot.scene.project
    takes = Take.objects.filter(
        shot__scene__project=project, generation__in=same_as(as_order(planned, None))
    ).select_related("shot__scene__project", "generation")
    takes = takes.exclude(generation__outputs__cleared_at__isnull=False)
    takes = takes.exclude(generation__outputs__hidden_at__isnull=False)
    found = takes.filter(shot=planned.shot).order_by("-pk").first() or takes.order_by("-pk").first()
    if found is None or found.generation is None:
        return None
    return Repeat(found, found.generation, is_here=found.shot_id == planned.shot.pk)


def _ago(generation: Generation) -> str:
    """“3 minutes ago”."""
    since = generation.finished_at or generation.created_at
    if (timezone.now() - since).total_seconds() < 60:
        return "just now"
    return f"{timesince(since, depth=1)} ago"
