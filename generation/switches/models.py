"""The switches of people. The newest row of a model holds; older ones stay, to be seen."""

from __future__ import annotations

from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


class SwitchState(models.TextChoices):
    """Whether a model is offered, and whether orders of it are taken."""

    ENABLED = "enabled", "Enabled: offered as the catalogue says"
    HIDDEN = "hidden", "Hidden: not offered any more; shots that name it go on"
    DISABLED = "disabled", "Disabled: no new orders; what is on its way goes on"


class SwitchQuerySet(models.QuerySet["ModelSwitch"]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError("A switch stays as it was: switch again instead.")

    def delete(self) -> NoReturn:
        raise TypeError("A switch stays as it was: switch again instead.")


class ModelSwitch(models.Model):
    """Somebody has enabled, hidden or disabled a model. Added, never changed."""

    model = models.CharField(max_length=100, help_text="The catalogue's slug.")
    state = models.CharField(max_length=10, choices=SwitchState.choices)
    why = models.CharField(
        "reason", max_length=300, help_text="Said to those whose order of it is refused, and kept."
    )
    switched_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    switched_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = SwitchQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "model switches"
        constraints = [
            models.CheckConstraint(condition=Q(state__in=SwitchState.values), name="switch_state_is_known")
        ]
        indexes = [models.Index(fields=["model", "-id"], name="switch_model_newest")]

    def __str__(self) -> str:
        return f"{self.model} {self.state}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("A switch stays as it was: switch again instead.")
        super().save(*args, **{**kwargs, "force_insert": True})
