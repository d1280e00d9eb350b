"""Generations in the admin: all their facts to read, and what a person may have to do there: cancel, or decide."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from billing.admin import ReadOnly, link
from billing.money import format_usd
from generation import decisions, orders
from generation.models import Event, Generation, Output, Status
from generation.prices import admin as prices_admin
from generation.ranges import deliver
from generation.safety import admin as safety_admin
from generation.safety.flagged import open_file

__all__ = ["StoredFileAdmin", "poster_of", "prices_admin", "safety_admin"]

POSTER_TYPE = "image/webp"


def poster_of(file: Model | None, height: int = 96) -> SafeString | str:
    """A still of a stored file (a row with `key` and `poster_key`) that opens the file; height in pixels."""
    if file is None:
        return "–"
    if getattr(file, "cleared_at", None):
        return link(file, "cleared")
    if getattr(file, "is_closed", False):
        return link(file, "flagged")
    name = f"admin:{file._meta.app_label}_{file._meta.model_name}"
    address = reverse(f"{name}_file", args=[file.pk])
    if not getattr(file, "poster_key", ""):
        return format_html('<a href="{}">open</a>', address)
    still = reverse(f"{name}_poster", args=[file.pk])
    picture = '<a href="{}"><img src="{}" height="{}" alt="Open the file" loading="lazy"></a>'
    return format_html(picture, address, still, height)


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
        if getattr(row, "is_closed", False):
            raise PermissionDenied(
                "The provider flagged this file as unsafe. Open it in the list of outputs first."
            )
        return row

    @admin.display(description="picture")
    def picture(self, row: Model) -> SafeString | str:
        return poster_of(row)


def differences_in(output: Output) -> str:
    """How a file is not what was ordered."""
    return " ".join(output.differences) or "–"


class DiffersFilter(admin.SimpleListFilter):
    """Files that are what was ordered, and files that are not."""

    title = "as ordered"
    parameter_name = "differs"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "As ordered"), ("yes", "Not as ordered")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Output]) -> QuerySet[Output]:
        if self.value() is None:
            return queryset
        return queryset.filter(differences=[]) if self.value() == "no" else queryset.exclude(differences=[])


class ToStatusFilter(admin.SimpleListFilter):
    """Events by what they led to. The choices are known; to ask the rows for them, all would be read."""

    title = "to status"
    parameter_name = "to_status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(status.value, str(status.label)) for status in Status]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        return queryset.filter(to_status=self.value()) if self.value() else queryset


class EventInline(ReadOnly, admin.TabularInline):
    model = Event
    fields = readonly_fields = ("at", "from_status", "to_status", "actor", "note")
    can_delete = False
    show_change_link = True
    extra = 0


class OutputInline(ReadOnly, admin.TabularInline):
    model = Output
    fields = readonly_fields = (
        "picture",
        "content_type",
        "size_bytes",
        "width",
        "height",
        "seconds",
        "fps",
        "codec",
        "differs",
    )
    can_delete = False
    show_change_link = True
    extra = 0

    @admin.display(description="picture")
    def picture(self, output: Output) -> SafeString | str:
        return poster_of(output)

    @admin.display(description="not as ordered")
    def differs(self, output: Output) -> str:
        return differences_in(output)


@admin.register(Generation)
class GenerationAdmin(ReadOnly, admin.ModelAdmin):
    """A record of what was asked, what it cost and what came back. Only `generation.lifecycle` writes it."""

    list_display = (
        "number",
        "picture",
        "model",
        "provider",
        "status",
        "estimate_usd",
        "cost_usd",
        "cost_state",
        "requested_by",
        "account",
        "created_at",
    )
    list_filter = ("status", "cost_state", "provider", "media", "model", "created_at")
    list_select_related = ("account", "requested_by")
    search_fields = ("prompt", "external_id", "key", "hold__reference")
    search_help_text = "Words of the prompt, the provider’s id, or the key."
    show_full_result_count = False
    inlines = (OutputInline, EventInline)
    actions = ("cancel", "decide_free", "decide_billed")
    exclude = ("account", "hold", "replaces", "estimate_micros", "upper_bound_micros", "cost_micros")
    readonly_fields = (
        "take_link",
        "account_link",
        "hold_link",
        "replaces_link",
        "estimate_usd",
        "bound_usd",
        "cost_usd",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Generation]:
        return super().get_queryset(request).prefetch_related("outputs")

    @admin.display(description="generation", ordering="pk")
    def number(self, generation: Generation) -> str:
        return f"{generation.pk} · {str(generation.key)[:8]}"

    @admin.display(description="picture")
    def picture(self, generation: Generation) -> SafeString | str:
        # Out of what the list prefetched: `first()` would ask the database once a row.
        return poster_of(next(iter(generation.outputs.all()), None), 64)

    @admin.display(description="estimate", ordering="estimate_micros")
    def estimate_usd(self, generation: Generation) -> str:
        return format_usd(generation.estimate)

    @admin.display(description="held at the order", ordering="upper_bound_micros")
    def bound_usd(self, generation: Generation) -> str:
        return format_usd(generation.upper_bound)

    @admin.display(description="cost", ordering="cost_micros")
    def cost_usd(self, generation: Generation) -> str:
        return "not known yet" if generation.cost is None else format_usd(generation.cost)

    @admin.display(description="take")
    def take_link(self, generation: Generation) -> SafeString | str:
        # The app above hangs its take on the generation; here it is only a row to link to.
        return link(getattr(generation, "take", None))

    @admin.display(description="account")
    def account_link(self, generation: Generation) -> SafeString | str:
        return link(generation.account)

    @admin.display(description="hold")
    def hold_link(self, generation: Generation) -> SafeString | str:
        return link(generation.hold)

    @admin.display(description="replaces")
    def replaces_link(self, generation: Generation) -> SafeString | str:
        return link(generation.replaces)

    @admin.action(description="Cancel the chosen generations", permissions=["cancel"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Generation]) -> None:
        by: Any = request.user  # Somebody signed in: the admin has seen to that.
        for generation in queryset:
            messages.info(request, f"{generation}: {orders.cancel(generation, by)}")

    @admin.action(description="Decide: lost or overdue, not billed – free the money", permissions=["cancel"])
    def decide_free(self, request: HttpRequest, queryset: QuerySet[Generation]) -> None:
        self._decide(request, queryset, is_billed=False)

    @admin.action(description="Decide: lost or overdue, billed – charge the estimate", permissions=["cancel"])
    def decide_billed(self, request: HttpRequest, queryset: QuerySet[Generation]) -> None:
        self._decide(request, queryset, is_billed=True)

    def _decide(self, request: HttpRequest, queryset: QuerySet[Generation], *, is_billed: bool) -> None:
        by: Any = request.user  # Somebody signed in: the admin has seen to that.
        for generation in queryset:
            cost = generation.estimate if is_billed else Decimal(0)
            why = f"Decided in the admin: {'billed at the estimate' if is_billed else 'not billed'}."
            try:
                decisions.decide(generation, by, cost=cost, why=why)
            except decisions.DecisionRefusedError as refusal:
                messages.error(request, str(refusal))
            else:
                messages.success(request, f"{generation.model} {str(generation.key)[:8]}: {why}")

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("generation.change_generation")


@admin.register(Output)
class OutputAdmin(ReadOnly, StoredFileAdmin):
    """Files that came back."""

    list_display = (
        "__str__",
        "picture",
        "generation_link",
        "content_type",
        "size_bytes",
        "width",
        "height",
        "seconds",
        "differs",
        "is_flagged",
        "opened_by",
        "cleared_at",
    )
    list_filter = (
        DiffersFilter,
        "is_flagged",
        "content_type",
        "has_audio",
        "created_at",
        ("cleared_at", admin.EmptyFieldListFilter),
    )
    list_select_related = ("generation", "opened_by")
    show_full_result_count = False
    actions = ("open_flagged",)
    search_fields = ("key", "sha256", "generation__external_id", "generation__key")
    readonly_fields = ("picture", "generation_link")

    @admin.display(description="generation")
    def generation_link(self, output: Output) -> SafeString | str:
        return link(output.generation)

    @admin.display(description="not as ordered")
    def differs(self, output: Output) -> str:
        return differences_in(output)

    @admin.action(description="Open the chosen files that a provider flagged", permissions=["open"])
    def open_flagged(self, request: HttpRequest, queryset: QuerySet[Output]) -> None:
        by: Any = request.user  # Somebody signed in: the admin has seen to that.
        opened = sum(open_file(output, by) for output in queryset.select_related("generation"))
        messages.info(request, f"{opened} of the chosen files were closed and are open now.")

    def has_open_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("generation.change_output")


@admin.register(Event)
class EventAdmin(ReadOnly, admin.ModelAdmin):
    """History: read only."""

    list_display = ("at", "generation_link", "from_status", "to_status", "actor", "note")
    # No filter by actor and no calendar: to offer their choices, all events would be read.
    list_filter = (ToStatusFilter, "at")
    list_select_related = ("generation",)
    search_fields = ("generation__external_id", "generation__key", "actor", "note")
    show_full_result_count = False
    readonly_fields = ("generation_link",)

    @admin.display(description="generation")
    def generation_link(self, event: Event) -> SafeString | str:
        return link(event.generation)
