"""How often pictures were flagged and orders refused, by model."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from generation.models import ContentDecision, Generation, Output


@dataclass(frozen=True)
class ModelFigures:
    """What safety had to do with one model: `rejected` by the provider's rules, `refused` by ours."""

    model: str
    generations: int
    rejected: int
    files: int
    flagged: int
    opened: int
    refused: int


def by_model() -> list[ModelFigures]:
    """The models that were ever ordered or refused, by their slugs: three queries."""
    generations = _counted(
        Generation.objects.order_by().values_list("model"),
        made=Count("pk"),
        rejected=Count("pk", filter=Q(error_code="content_rejected")),
    )
    files = _counted(
        Output.objects.order_by().values_list("generation__model"),
        files=Count("pk"),
        flagged=Count("pk", filter=Q(is_flagged=True)),
        opened=Count("pk", filter=Q(is_flagged=True, opened_at__isnull=False)),
    )
    refused = _counted(ContentDecision.objects.order_by().values_list("model"), refused=Count("pk"))
    return [
        ModelFigures(
            model, *generations.get(model, (0, 0)), *files.get(model, (0, 0, 0)), *refused.get(model, (0,))
        )
        for model in sorted({*generations, *files, *refused})
    ]


def _counted(models: Any, **counts: Count) -> dict[str, tuple[int, ...]]:
    return {model: tuple(each) for model, *each in models.annotate(**counts)}
