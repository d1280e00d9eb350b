"""The film in the admin: for looking things up, and for mending what the pages do not offer."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

import studio.people_admin  # noqa: F401 - replaces what the library registers
from billing.admin import ReadOnly, link, list_link
from generation.admin import StoredFileAdmin
from studio.models import Fallback, Project, Scene, Shot, Take, Upload
from studio.takes_admin import TakeAdmin
from studio.team_admin import InvitationInline, MembershipFormSet, MembershipInline, save_members

__all__ = ["TakeAdmin"]

admin.site.site_header = "Rushes: records"
admin.site.site_title = "Rushes"
admin.site.index_title = "All records"


class FallbackInline(admin.TabularInline):
    """Producers choose them on the project's own page, where both models and the price are checked."""

    model = Fallback
    fields = readonly_fields = ("position", "model", "fallback", "ceiling", "agreed_at")
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class Kept:
    """For rows that a project and its money hang on: they are started and ended on the pages, not here."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Project)
class ProjectAdmin(Kept, admin.ModelAdmin):
    """A project opens an account when it starts, so it starts on its own page."""

    list_display = ("name", "slug", "account_link", "scenes", "people", "created_at", "archived_at")
    list_filter = ("archived_at", "created_at", "aspect_ratio")
    list_select_related = ("account",)
    search_fields = ("name", "slug", "description", "memberships__user__username")
    readonly_fields = ("account_link", "created_at", "related")
    exclude = ("account",)
    inlines = (MembershipInline, InvitationInline, FallbackInline)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        if isinstance(formset, MembershipFormSet):
            save_members(formset, request.user)
        else:
            super().save_formset(request, form, formset, change)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Project]:
        counts = {
            "scene_count": Count("scenes", distinct=True),
            "people_count": Count("members", distinct=True),
        }
        return super().get_queryset(request).annotate(**counts)

    @admin.display(description="account", ordering="account__name")
    def account_link(self, project: Project) -> SafeString | str:
        return link(project.account)

    @admin.display(description="scenes", ordering="scene_count")
    def scenes(self, project: Any) -> SafeString:
        return list_link(Scene, str(project.scene_count), project__id__exact=project.pk)

    @admin.display(description="people", ordering="people_count")
    def people(self, project: Any) -> int:
        return int(project.people_count)

    @admin.display(description="see")
    def related(self, project: Project) -> SafeString:
        return format_html(
            "{} · {} · {}",
            list_link(Scene, "Scenes", project__id__exact=project.pk),
            list_link(Take, "Takes", shot__scene__project__id__exact=project.pk),
            list_link(Upload, "Uploads", project__id__exact=project.pk),
        )


@admin.register(Scene)
class SceneAdmin(Kept, admin.ModelAdmin):
    """Scenes. Their order is changed on the storyboard, which keeps places unique."""

    list_display = ("__str__", "project_link", "position", "shots_link")
    list_filter = ("project",)
    list_select_related = ("project",)
    search_fields = ("number", "title", "description", "project__name", "project__slug")
    readonly_fields = ("project_link", "position", "created_at", "shots_link")
    exclude = ("project",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Scene]:
        return super().get_queryset(request).annotate(shot_count=Count("shots"))

    @admin.display(description="project", ordering="project__name")
    def project_link(self, scene: Scene) -> SafeString | str:
        return link(scene.project)

    @admin.display(description="shots", ordering="shot_count")
    def shots_link(self, scene: Any) -> SafeString:
        return list_link(Shot, str(scene.shot_count), scene__id__exact=scene.pk)


@admin.register(Shot)
class ShotAdmin(Kept, admin.ModelAdmin):
    """Shots."""

    list_display = ("label", "scene_link", "project", "prompt_start", "seconds", "model", "takes_link")
    list_filter = ("scene__project", "model", "aspect_ratio", ("archived_at", admin.EmptyFieldListFilter))
    list_select_related = ("scene__project",)
    show_full_result_count = False
    search_fields = ("number", "title", "prompt", "scene__project__name", "scene__project__slug")
    readonly_fields = ("scene_link", "position", "created_at", "changed_at", "archived_at", "takes_link")
    exclude = ("scene",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Shot]:
        return super().get_queryset(request).annotate(take_count=Count("takes"))

    @admin.display(description="scene")
    def scene_link(self, shot: Shot) -> SafeString | str:
        return link(shot.scene)

    @admin.display(description="project", ordering="scene__project__name")
    def project(self, shot: Shot) -> str:
        return shot.scene.project.name

    @admin.display(description="prompt")
    def prompt_start(self, shot: Shot) -> str:
        return shot.prompt if len(shot.prompt) <= 80 else f"{shot.prompt[:79]}…"

    @admin.display(description="takes", ordering="take_count")
    def takes_link(self, shot: Any) -> SafeString:
        return list_link(Take, str(shot.take_count), shot__id__exact=shot.pk)


@admin.register(Upload)
class UploadAdmin(ReadOnly, StoredFileAdmin):
    """Media that people brought along."""

    list_display = (
        "name",
        "picture",
        "project_link",
        "content_type",
        "size_bytes",
        "uploaded_by",
        "created_at",
    )
    list_filter = ("content_type", "project", "created_at")
    list_select_related = ("project", "uploaded_by")
    show_full_result_count = False
    search_fields = ("name", "key", "sha256", "project__name")
    readonly_fields = ("player", "project_link", "hidden")

    @admin.display(description="project", ordering="project__name")
    def project_link(self, upload: Upload) -> SafeString | str:
        return link(upload.project)
