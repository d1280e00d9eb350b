"""What is still to be made: the shots without a circled take at today's prices, and what the others needed."""

from collections.abc import Iterable
from decimal import Decimal

from django.db.models import Count, Exists, FilteredRelation, OuterRef, Q

from generation.catalogue import UnknownModelError
from generation.models import UNFINISHED
from studio.estimates import bare_price
from studio.forecast import OpenShot
from studio.models import Project, Scene, Shot, Take
from studio.plans import model_of

_CIRCLED = Take.objects.filter(shot=OuterRef("pk"), is_circled=True)


def open_shots(project: Project) -> list[OpenShot]:
    """Each shot without a circled take, with the price of one take and how many are being made. Three queries."""
    scenes = {scene.pk: scene for scene in Scene.objects.filter(project=project)}
    shots = list(Shot.objects.current().filter(~Exists(_CIRCLED), scene__in=list(scenes)).order_by("pk"))
    for shot in shots:
        shot.scene = scenes[shot.scene_id]
        shot.scene.project = project
    flying = _flying(project)
    return [
        OpenShot(price, flying.get(shot.pk, 0)) for shot, price in zip(shots, _prices(shots), strict=True)
    ]


def takes_needed(project: Project) -> list[int]:
    """How many charged takes each shot with a circled generation has: one query.

    A circled take that somebody uploaded says nothing of how often a model is asked, so its shot is left out.
    """
    made = _CIRCLED.filter(generation__isnull=False)
    return list(
        Shot.objects.filter(Exists(made), scene__project=project)
        .values("pk")
        .alias(
            job=FilteredRelation(
                "takes__generation", condition=Q(takes__generation__account=project.account_id)
            )
        )
        .annotate(charged=Count("takes", filter=Q(job__cost_micros__gt=0)))
        .order_by("pk")
        .values_list("charged", flat=True)
    )


def _flying(project: Project) -> dict[int, int]:
    """How many takes of each shot are being made: of the account's generations only those in flight are read."""
    takes = Take.objects.filter(
        shot__scene__project=project,
        generation__account=project.account_id,
        generation__status__in=UNFINISHED,
    )
    return dict(takes.order_by().values_list("shot").annotate(Count("pk")))


def _prices(shots: Iterable[Shot]) -> list[Decimal | None]:
    """US dollars for one take of each. Shots that ask for the same but in other words are priced once."""
    known: dict[str, Decimal | None] = {}
    found = []
    for shot in shots:
        asked = repr((shot.model, shot.seconds, shot.aspect_ratio, shot.settings))
        if asked not in known:
            known[asked] = _price(shot)
        found.append(known[asked])
    return found


def _price(shot: Shot) -> Decimal | None:
    """US dollars for one take on the shot's model today; None when nobody can say."""
    try:
        return bare_price(shot, model_of(shot))
    except UnknownModelError:
        return None
