"""Stored files in the admin: served to whoever may look at their rows, as stills in lists and players on pages."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from billing.admin import link
from generation.ranges import deliver

POSTER_TYPE = "image/webp"


def poster_of(file: Model | None, height: int = 96) -> SafeString | str:
    """A still of a stored file (a row with `key` and `poster_key`) that opens the file; height in pixels."""
    if file is None:
        return "–"
    if getattr(file, "cleared_at", None):
        return link(file, "cleared")
    if getattr(file, "awaits_opening", False):
        return link(file, "flagged")
    name = f"admin:{file._meta.app_label}_{file._meta.model_name}"
    address = reverse(f"{name}_file", args=[file.pk])
    if not getattr(file, "poster_key", ""):
        return format_html('<a href="{}">open</a>', address)
    still = reverse(f"{name}_poster", args=[file.pk])
    picture = '<a href="{}"><img src="{}" height="{}" alt="Open the file" loading="lazy"></a>'
    return format_html(picture, address, still, height)


def player_of(file: Model | None, height: int = 320) -> SafeString | str:
    """A player of a stored clip or sound, or the whole still; height in pixels. A clip is loaded when it is played."""
    if file is None or getattr(file, "cleared_at", None) or getattr(file, "awaits_opening", False):
        return poster_of(file)
    name = f"admin:{file._meta.app_label}_{file._meta.model_name}"
    address = reverse(f"{name}_file", args=[file.pk])
    kind = str(getattr(file, "content_type", "")).partition("/")[0]
    if kind == "video":
        still = reverse(f"{name}_poster", args=[file.pk]) if getattr(file, "poster_key", "") else ""
        player = '<video src="{}" poster="{}" height="{}" controls loop playsinline preload="none"></video>'
        return format_html(player, address, still, height)
    if kind == "audio":
        return format_html('<audio src="{}" controls preload="none"></audio>', address)
    if kind == "image":
        picture = '<a href="{}"><img src="{}" height="{}" alt="Open the file" loading="lazy"></a>'
        return format_html(picture, address, address, height)
    return poster_of(file)


class StoredFileAdmin(admin.ModelAdmin):
    """For rows that name a stored file: serves it, and its poster, to whoever may look at the row here."""

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        file, still = self.admin_site.admin_view(self.file), self.admin_site.admin_view(self.still)
        own = [
            path("<int:pk>/file/", file, name=f"{name}_file"),
            path("<int:pk>/poster/", still, name=f"{name}_poster"),
        ]
        return [*own, *super().get_urls()]

    def file(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """The file itself."""
        row = self._row(request, pk)
        name = row.key.rpartition("/")[2]
        return deliver(request, row.key, content_type=row.content_type, filename=name, etag=row.sha256)

    def still(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Its poster."""
        row = self._row(request, pk)
        if not row.poster_key:
            raise Http404("This file has no poster.")
        etag = f"{row.sha256}-poster"
        return deliver(request, row.poster_key, content_type=POSTER_TYPE, filename="poster.webp", etag=etag)

    def _row(self, request: HttpRequest, pk: int) -> Any:
        if not self.has_view_permission(request):
            raise Http404("There is no such file.")
        row = get_object_or_404(self.model, pk=pk)
        if getattr(row, "cleared_at", None):
            raise Http404("The file was cleared by the project’s retention.")
        if getattr(row, "awaits_opening", False):
            raise PermissionDenied(
                "The provider flagged this file as unsafe. Open it in the list of outputs first."
            )
        return row

    @admin.display(description="picture")
    def picture(self, row: Model) -> SafeString | str:
        return poster_of(row)

    @admin.display(description="file")
    def player(self, row: Model) -> SafeString | str:
        return player_of(row)

    @admin.display(description="hidden")
    def hidden(self, row: Any) -> str:
        return f"{row.hidden_at:%F %R} by {row.hidden_by or '–'}: {row.hidden_why}" if row.is_hidden else "–"
