"""Dated prices in the admin: entered once, never changed, withdrawn where they were wrong."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from billing.money import format_usd
from generation.models import DatedPrice
from generation.prices import in_force
from generation.prices.forms import DatedPriceForm


@admin.register(DatedPrice)
class DatedPriceAdmin(admin.ModelAdmin):
    """Prices in the place of the catalogue's, each from a day on."""

    form = DatedPriceForm
    list_display = (
        "model",
        "effective_on",
        "price",
        "unit",
        "source",
        "created_by",
        "created_at",
        "withdrawn",
    )
    list_filter = ("effective_on", ("withdrawn_at", admin.EmptyFieldListFilter))
    list_select_related = ("created_by", "withdrawn_by")
    search_fields = ("model", "source", "note", "created_by__username")
    date_hierarchy = "effective_on"
    actions = ("withdraw",)

    @admin.display(description="price of a unit", ordering="amount_micros")
    def price(self, row: DatedPrice) -> str:
        return format_usd(row.amount)

    @admin.display(description="withdrawn", ordering="withdrawn_at", empty_value="–")
    def withdrawn(self, row: DatedPrice) -> str | None:
        return None if row.withdrawn_at is None else f"{row.withdrawn_at:%F} by {row.withdrawn_by}"

    def get_fields(self, request: HttpRequest, obj: DatedPrice | None = None) -> Any:
        if obj is None:
            return ("model", "effective_on", "amount", "unit", "for_all_settings", "source", "note")
        return (
            "model",
            "effective_on",
            "price",
            "unit",
            "source",
            "note",
            "created_by",
            "created_at",
            "withdrawn",
        )

    def get_readonly_fields(self, request: HttpRequest, obj: DatedPrice | None = None) -> Any:
        return () if obj is None else self.get_fields(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_withdraw_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("generation.change_datedprice")

    def save_model(self, request: HttpRequest, obj: DatedPrice, form: Any, change: bool) -> None:
        by: Any = request.user  # Somebody signed in: the admin has seen to that.
        data = form.cleaned_data
        made = in_force.enter(
            form.spec,
            data["effective_on"],
            data["amount"],
            unit=data["unit"],
            source=data["source"],
            note=data["note"],
            by=by,
        )
        obj.pk = made.pk
        obj.refresh_from_db()

    @admin.action(description="Withdraw the chosen prices", permissions=["withdraw"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[DatedPrice]) -> None:
        by: Any = request.user
        for row in queryset:
            if in_force.withdraw(row, by):
                self.log_change(request, row, "Withdrawn.")
                messages.success(request, f"{row}: withdrawn. What was ordered keeps its price.")
            else:
                messages.info(request, f"{row}: it was withdrawn before.")
