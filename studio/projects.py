"""Starting a project: its money, its default models, its first producer."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction

from billing import budgets
from billing.money import parse_usd
from studio.defaults import default_models
from studio.models import Membership, Project, Role


@transaction.atomic
def create_project(
    *,
    name: str,
    slug: str,
    by: Any | None,
    budget: Decimal | None = None,
    aspect_ratio: str = "16:9",
    description: str = "",
) -> Project:
    """Open a project with an account and a total budget in US dollars; `by` becomes its producer.

    Raises billing's LimitError for a budget that is not positive.
    """
    limit = budget if budget is not None else parse_usd(settings.DEFAULT_BUDGET_USD)
    account = budgets.open_account(name, limit=limit, by=by)
    models = default_models()
    project = Project.objects.create(
        name=name,
        slug=slug,
        description=description,
        account=account,
        aspect_ratio=aspect_ratio,
        image_model=models.image,
        video_model=models.video,
        video_to_video_model=models.video_to_video,
    )
    if by is not None:
        Membership.objects.create(project=project, user=by, role=Role.PRODUCER)
    return project
