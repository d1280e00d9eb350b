"""Holds and entries in the admin. Nothing there is changed; a correction is a new entry with a reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from ..adjustments import adjust
from ..forms import AdjustmentForm
from ..models import Entry, Hold
from .columns import AMOUNT, CHARGED, OVERRUN, ReadOnly, RefusalsShown, add_link, link, signed_in


class OpenFor(admin.SimpleListFilter):
    """Holds that nobody has ended for a while: somebody should look at them."""

    title = "open for more than"
    parameter_name = "open_for"
    ages = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, f"a{'n' if name == 'hour' else ''} {name}") for name in self.ages]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        age = self.ages.get(self.value() or "")
        return queryset.open().opened_before(timezone.now() - age) if age else queryset


class EntryInline(ReadOnly, admin.TabularInline):
    model = Entry
    fields = readonly_fields = ("made_at", "kind", AMOUNT, "made_by", "note")
    can_delete = False
    extra = 0

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("made_by")


@admin.register(Hold)
class HoldAdmin(ReadOnly, admin.ModelAdmin):
    list_display = (
        "reference",
        "account",
        AMOUNT,
        "state",
        CHARGED,
        OVERRUN,
        "member",
        "opened_at",
        "ended_at",
    )
    list_filter = ("state", OpenFor, ("account", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("account", "member")
    search_fields = ("reference",)
    date_hierarchy = "opened_at"
    show_full_result_count = False
    fields = (
        "reference",
        "account_link",
        "member",
        "state",
        AMOUNT,
        CHARGED,
        OVERRUN,
        "opened_at",
        "ended_at",
        "tags",
        "correct",
    )
    readonly_fields = ("account_link", AMOUNT, CHARGED, OVERRUN, "correct")
    inlines = (EntryInline,)

    @admin.display(description="account")
    def account_link(self, hold: Hold) -> str:
        return link(hold.account)

    @admin.display(description="correct it")
    def correct(self, hold: Hold) -> str:
        if hold.is_open:
            return "–"
        return add_link(Entry, "Book an adjustment", account=hold.account_id, about=hold.reference)


@admin.register(Entry)
class EntryAdmin(RefusalsShown, ReadOnly, admin.ModelAdmin):
    """The ledger. What is added here is an adjustment; every other line comes from a hold."""

    list_display = (
        "made_at",
        "kind",
        AMOUNT,
        "account_link",
        "hold_link",
        "made_by",
        "note",
    )
    list_filter = ("kind", ("account", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("account", "hold", "made_by")
    search_fields = ("reference", "note")
    autocomplete_fields = ("account",)
    date_hierarchy = "made_at"
    show_full_result_count = False
    form = AdjustmentForm
    shown = ("made_at", "kind", AMOUNT, "account_link", "hold_link", "reference", "made_by", "note")

    @admin.display(description="account")
    def account_link(self, entry: Entry) -> str:
        return link(entry.account)

    @admin.display(description="hold")
    def hold_link(self, entry: Entry) -> str:
        return link(entry.hold, entry.reference)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return admin.ModelAdmin.has_add_permission(self, request)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.shown if obj else ("account", "amount", "about", "why", "key")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.shown if obj else ()

    def save_model(self, request: HttpRequest, obj: Entry, form: Any, change: bool) -> None:
        data = form.cleaned_data
        entry = adjust(
            obj.account,
            data["amount"],
            by=signed_in(request),
            why=data["why"],
            reference=f"adjustment:{data['key']}",
            hold=data["about"],
        )
        obj.pk = entry.pk
        obj.refresh_from_db()
