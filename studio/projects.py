"""Starting a project, with its money, its default models and its first producer; and changing its settings."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction

from billing import budgets
from billing.money import parse_usd
from studio.activity import Deed, note
from studio.defaults import default_models
from studio.models import Membership, Profile, ProfileKind, Project, Role

SETTING_WORDS = {
    "aspect_ratio": "shape",
    "video_model": "model for clips",
    "image_model": "model for stills",
    "style": "style",
    "negative_prompt": "what is not to be seen",
    "alert_emails": "who is mailed about the budget",
    "keep_days": "how long files are kept",
}


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
    )
    Profile.objects.bulk_create(
        Profile(
            project=project,
            kind=kind,
            image_model=models.image,
            video_model=models.video,
            video_to_video_model=models.video_to_video,
        )
        for kind in ProfileKind
    )
    if by is not None:
        Membership.objects.create(project=project, user=by, role=Role.PRODUCER)
    note(project, by, Deed.PROJECT_OPENED)
    return project


@transaction.atomic
def save_settings(project: Project, by: Any | None, changed: Sequence[str]) -> None:
    """Save what a producer changed on the form of the settings: its fields, and whether the project is archived."""
    columns = [name for name in changed if name != "is_archived"]
    if columns:
        project.save(update_fields=columns)
        what = ", ".join(SETTING_WORDS.get(name, name) for name in columns)
        note(project, by, Deed.SETTINGS_CHANGED, words=f"changed the settings: {what}")
    if "is_archived" in changed:
        project.save(update_fields=["archived_at"])
        note(project, by, Deed.PROJECT_ARCHIVED if project.archived_at else Deed.PROJECT_RESTORED)
