"""Generations in the admin: all their facts to read, and what a person may have to do there: cancel, or decide."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from billing.admin import ReadOnly, link
from billing.money import format_usd
from generation import decisions, orders
from generation.models import Event, Generation, Output, Status
from generation.prices import admin as prices_admin
from generation.safety import admin as safety_admin
from generation.safety.flagged import open_file
from generation.stored_admin import StoredFileAdmin, player_of, poster_of
from generation.switches import admin as switches_admin

__all__ = ["StoredFileAdmin", "player_of", "poster_of", "prices_admin", "safety_admin", "switches_admin"]


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
        "player",
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

    @admin.display(description="file")
    def player(self, output: Output) -> SafeString | str:
        return player_of(output, 240)

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
        "hidden_at",
        "cleared_at",
    )
    list_filter = (
        DiffersFilter,
        "is_flagged",
        "content_type",
        "has_audio",
        "created_at",
        ("hidden_at", admin.EmptyFieldListFilter),
        ("cleared_at", admin.EmptyFieldListFilter),
    )
    list_select_related = ("generation", "opened_by")
    show_full_result_count = False
    actions = ("open_flagged",)
    search_fields = ("key", "sha256", "generation__external_id", "generation__key")
    readonly_fields = ("player", "generation_link", "hidden")

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
