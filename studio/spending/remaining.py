"""What is still to be made: the shots without a circled take at today's prices, and what the others needed."""

from decimal import Decimal

from django.db.models import Count, Exists, OuterRef, Q

from billing.money import from_micros
from generation import orders
from generation.catalogue import InvalidArgumentsError, UnknownModelError
from generation.models import UNFINISHED
from generation.pricing import UnknownPriceError
from studio.estimates import shot_values
from studio.forecast import OpenShot
from studio.models import Project, Shot, Take
from studio.plans import model_of

_CIRCLED = Take.objects.filter(shot=OuterRef("pk"), is_circled=True)


def open_shots(project: Project) -> list[OpenShot]:
    """Each shot without a circled take, with the price of one take and how many are being made. One query."""
    shots = (
        Shot.objects.filter(~Exists(_CIRCLED), scene__project=project)
        .select_related("scene__project")
        .annotate(flying=Count("takes", filter=Q(takes__generation__status__in=UNFINISHED)))
        .order_by("pk")
    )
    return [OpenShot(_price(shot), shot.flying) for shot in shots]


def takes_needed(project: Project) -> list[int]:
    """How many charged takes each shot with a circled generation has: one query.

    A circled take that somebody uploaded says nothing of how often a model is asked, so its shot is left out.
    """
    made = _CIRCLED.filter(generation__isnull=False)
    return list(
        Shot.objects.filter(Exists(made), scene__project=project)
        .values("pk")
        .annotate(charged=Count("takes", filter=Q(takes__generation__cost_micros__gt=0)))
        .order_by("pk")
        .values_list("charged", flat=True)
    )


def _price(shot: Shot) -> Decimal | None:
    """US dollars for one take on the shot's model today; None when nobody can say."""
    try:
        spec = model_of(shot)
        values, _ = shot_values(shot, spec)
        # The files of an input are left out: looking each of them up would cost a query a shot.
        media = {parameter.name for parameter in spec.parameters if parameter.is_media}
        told = {name: value for name, value in values.items() if name not in media}
        return from_micros(orders.price(spec.slug, told).amount_micros)
    except (UnknownModelError, UnknownPriceError, InvalidArgumentsError):
        return None
