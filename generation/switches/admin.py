"""Models in the admin: what each is, whether it is offered, who switched it and why."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse

from generation.catalogue import catalogue
from generation.switches import in_force
from generation.switches.models import ModelSwitch, SwitchState


def _models() -> list[tuple[str, str]]:
    return [(slug, f"{spec.name} ({slug})") for slug, spec in catalogue().models.items()]


class ModelSwitchForm(forms.ModelForm):
    """A model of the catalogue, what shall hold from now on, and why."""

    model = forms.ChoiceField(choices=_models)

    class Meta:
        model = ModelSwitch
        fields = ("model", "state", "why")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        slug, state = data.get("model"), data.get("state")
        if slug and state and in_force.state_of(slug) == state:
            self.add_error("state", "The model is in this state already. Choose another.")
        return data


@admin.register(ModelSwitch)
class ModelSwitchAdmin(admin.ModelAdmin):
    """Every switch that was ever thrown; above them all models as they are now."""

    form = ModelSwitchForm
    change_list_template = "admin/generation/modelswitch/change_list.html"
    list_display = ("model", "state", "why", "switched_by", "switched_at")
    list_filter = ("state", "switched_at")
    list_select_related = ("switched_by",)
    search_fields = ("model", "why", "switched_by__username")
    show_full_result_count = False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The history, and above it every model of the catalogue with a way to switch it."""
        switches = in_force.current()
        rows = [(spec, switches.get(slug)) for slug, spec in catalogue().models.items()]
        mine = {
            "title": "Model switches",
            "catalogue": rows,
            "may_switch": self.has_add_permission(request),
            "states": SwitchState,
        }
        return super().changelist_view(request, mine | (extra_context or {}))

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"model": request.GET.get("model", ""), "state": request.GET.get("state", "")}

    def save_model(self, request: HttpRequest, obj: ModelSwitch, form: Any, change: bool) -> None:
        data = form.cleaned_data
        spec = catalogue().find(data["model"])
        made = in_force.switch(spec, SwitchState(data["state"]), why=data["why"], by=request.user)
        obj.pk = made.pk
        obj.refresh_from_db()

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
