"""Accounts in the admin: where each stands, and the ways to its budgets, holds and entries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from ..models import Account, Alert, Budget, BudgetState, Entry, Hold, Notice
from ..money import format_usd
from .columns import LIMIT, ReadOnly, add_link, list_link


class BudgetInline(ReadOnly, admin.TabularInline):
    model = Budget
    fields = readonly_fields = ("title", "period", "is_hard", LIMIT, "state")
    show_change_link = True
    can_delete = False
    extra = 0

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("member")


def total(column: str) -> Any:
    """A column with a figure of the account's open total budget, out of what the list prefetched."""

    @admin.display(description=column)
    def show(account: Account) -> str:
        for budget in account.budgets.all():
            if budget.is_main and budget.state != BudgetState.CLOSED:
                return format_usd(getattr(budget.periods.all()[0], column))
        return "no budget"

    return show


TOTALS = tuple(total(column) for column in ("limit", "held", "spent", "overrun", "left"))


@admin.register(Account)
class AccountAdmin(admin.ModelAdmin):
    """Accounts are opened with what they belong to, so here they can be renamed and placed in time, no more."""

    list_display = ("name", *TOTALS, "created_at")
    search_fields = ("name",)
    fields = ("name", "time_zone", "currency", "created_at", *TOTALS, "related")
    readonly_fields = ("currency", "created_at", *TOTALS, "related")
    inlines = (BudgetInline,)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("budgets__periods")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @admin.display(description="see")
    def related(self, account: Account) -> SafeString:
        links = [
            list_link(Hold, "Open holds", account__id__exact=account.pk, state__exact="open"),
            list_link(Hold, "Old holds", account__id__exact=account.pk, open_for="day"),
            *_undetermined(account),
            list_link(Hold, "All holds", account__id__exact=account.pk),
            list_link(Entry, "Entries", account__id__exact=account.pk),
            list_link(Alert, "Alerts", period__budget__account__id__exact=account.pk),
            list_link(Notice, "Digests and refusals", account__id__exact=account.pk),
            add_link(Budget, "Open a budget", account=account.pk),
            add_link(Entry, "Book an adjustment", account=account.pk),
        ]
        return format_html_join(" · ", "{}", ((each,) for each in links))


def _undetermined(account: Account) -> Iterator[SafeString]:
    """Whoever spends from an account and keeps a `cost_state` has amounts that are not known yet."""
    for relation in Account._meta.related_objects:
        model: Any = relation.related_model
        try:
            model._meta.get_field("cost_state")
        except FieldDoesNotExist:
            continue
        if admin.site.is_registered(model):
            filters = {f"{relation.field.name}__id__exact": account.pk, "cost_state__exact": "undetermined"}
            yield list_link(model, "Undetermined amounts", **filters)
