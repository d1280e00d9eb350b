"""Takes in the admin: looked at, hidden from their team with a reason, and given back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from billing.admin import ReadOnly, link
from generation.admin import player_of, poster_of
from studio import moderation
from studio.models import Take

LONGEST_WHY = 200


class ModerationForm(ActionForm):
    """The choice of an action, and the reason that some of them ask for."""

    why = forms.CharField(
        label="Reason:", required=False, max_length=LONGEST_WHY, help_text="The team reads it."
    )


def _files(take: Take) -> list[Any]:
    if take.upload is not None:
        return [take.upload]
    return list(take.generation.outputs.all()) if take.generation else []


@admin.register(Take)
class TakeAdmin(ReadOnly, admin.ModelAdmin):
    """Takes are history; circling them is done on the pages. Staff hide one from its team here, and give it back."""

    list_display = (
        "__str__",
        "picture",
        "project",
        "status",
        "is_circled",
        "is_hidden",
        "created_by",
        "created_at",
    )
    actions = ("hide", "show")
    action_form = ModerationForm
    list_filter = ("is_circled", "generation__status", "shot__scene__project", "created_at")
    list_select_related = ("shot__scene__project", "generation", "upload", "created_by")
    show_full_result_count = False
    search_fields = ("shot__prompt", "shot__scene__project__name", "generation__external_id", "upload__name")
    fields = readonly_fields = (
        "player",
        "hidden",
        "shot_link",
        "number",
        "generation_link",
        "upload_link",
        "is_circled",
        "circled_by",
        "circled_at",
        "first_circled_at",
        "exported_at",
        "created_by",
        "created_at",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Take]:
        return super().get_queryset(request).prefetch_related("generation__outputs")

    @admin.display(description="picture")
    def picture(self, take: Take) -> SafeString | str:
        outputs = take.generation.outputs.all() if take.generation else []
        return poster_of(take.upload or next(iter(outputs), None), 64)

    @admin.display(description="files")
    def player(self, take: Take) -> SafeString | str:
        return format_html_join(" ", "{}", ((player_of(file),) for file in _files(take))) or "–"

    @admin.display(description="hidden")
    def hidden(self, take: Take) -> str:
        return next((file.hidden_words for file in _files(take) if file.is_hidden), "–")

    @admin.display(description="hidden", boolean=True)
    def is_hidden(self, take: Take) -> bool:
        return any(file.is_hidden for file in _files(take))

    @admin.action(description="Hide the chosen takes from their teams", permissions=["moderate"])
    def hide(self, request: HttpRequest, queryset: QuerySet[Take]) -> None:
        self._moderate(request, queryset, moderation.hide, "is hidden", "was hidden, or has no file")

    @admin.action(description="Show the chosen takes to their teams again", permissions=["moderate"])
    def show(self, request: HttpRequest, queryset: QuerySet[Take]) -> None:
        self._moderate(request, queryset, moderation.show, "is shown again", "was not hidden")

    def _moderate(
        self, request: HttpRequest, chosen: QuerySet[Take], act: Callable[..., bool], done: str, not_done: str
    ) -> None:
        why = request.POST.get("why", "").strip()[:LONGEST_WHY]
        if not why:
            messages.error(
                request, "Nothing was changed. Write the reason beside the action: the team reads it."
            )
            return
        for take in chosen.select_related("shot__scene__project", "upload", "generation"):
            if act(take, request.user, why):
                self.log_change(request, take, f"{take} {done}: {why}")
                messages.success(request, f"{take} {done}.")
            else:
                messages.info(request, f"{take} {not_done}.")

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("studio.change_take")

    @admin.display(description="project", ordering="shot__scene__project__name")
    def project(self, take: Take) -> str:
        return take.shot.scene.project.name

    @admin.display(description="status", ordering="generation__status")
    def status(self, take: Take) -> str:
        return take.generation.get_status_display() if take.generation else "Uploaded"

    @admin.display(description="shot")
    def shot_link(self, take: Take) -> SafeString | str:
        return link(take.shot)

    @admin.display(description="generation")
    def generation_link(self, take: Take) -> SafeString | str:
        return link(take.generation)

    @admin.display(description="upload")
    def upload_link(self, take: Take) -> SafeString | str:
        return link(take.upload)
