"""Budgets in the admin: opened, changed, paused and closed with a reason; and what was done to them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from .. import limits
from ..forms import BudgetChangeForm, BudgetOpenForm
from ..models import Budget, BudgetChange, BudgetPeriod, BudgetState, Period
from ..money import format_usd
from .columns import HELD, LIMIT, OVERRUN, SPENT, ReadOnly, RefusalsShown, link, signed_in, usd


@admin.display(description="from")
def from_usd(change: BudgetChange) -> str:
    return "–" if change.from_limit is None else format_usd(change.from_limit)


CHANGE_COLUMNS: Any = ("changed_at", "changed_by", "kind", from_usd, usd("to_limit", "to"), "detail", "why")


class BudgetChangeInline(ReadOnly, admin.TabularInline):
    model = BudgetChange
    fields = readonly_fields = CHANGE_COLUMNS
    can_delete = False
    extra = 0

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("changed_by")


class BudgetPeriodInline(ReadOnly, admin.TabularInline):
    model = BudgetPeriod
    fields = readonly_fields = ("key", LIMIT, HELD, SPENT, OVERRUN, usd("left", "left"))
    can_delete = False
    extra = 0


@admin.register(Budget)
class BudgetAdmin(RefusalsShown, admin.ModelAdmin):
    list_display = ("title", "account", "period", "is_hard", LIMIT, "state", "created_at")
    list_filter = ("state", "period", "is_hard", ("account", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("account", "member")
    search_fields = ("name", "account__name", "member__username", "tag_value")
    autocomplete_fields = ("account", "member")
    shown = ("account_link", "title", "period", "is_hard", "created_at")

    @admin.display(description="account")
    def account_link(self, budget: Budget) -> str:
        return link(budget.account)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(
            request, obj, change, form=BudgetChangeForm if obj else BudgetOpenForm, **kwargs
        )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return (*BudgetOpenForm.Meta.fields, "limit", "alert_at", "why")
        return (*self.shown, "new_limit", "alert_at", "new_state", "why")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.shown if obj else ()

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return (BudgetPeriodInline, BudgetChangeInline) if obj else ()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_closed = obj is not None and obj.state == BudgetState.CLOSED
        return not is_closed and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Budget, form: Any, change: bool) -> None:
        if change:
            _change(obj, form.cleaned_data, signed_in(request))
        else:
            obj.pk = _open(obj, form.cleaned_data, signed_in(request)).pk
            obj.refresh_from_db()


def _open(budget: Budget, data: dict[str, Any], by: Any) -> Budget:
    return limits.open_budget(
        budget.account,
        limit=data["limit"],
        by=by,
        why=data["why"],
        period=Period(budget.period),
        is_hard=budget.is_hard,
        member=budget.member,
        tag=(budget.tag_name, budget.tag_value) if budget.tag_name else None,
        thresholds=data["alert_at"],
        name=budget.name,
    )


def _change(budget: Budget, data: dict[str, Any], by: Any) -> None:
    """The state comes last, so that a budget can be changed and closed at once."""
    words = {"by": by, "why": data["why"]}
    limits.change_limit(budget, data["new_limit"], **words)
    limits.change_thresholds(budget, data["alert_at"], **words)
    if data["new_state"] != budget.state:
        limits.move_to(budget, BudgetState(data["new_state"]), **words)


@admin.register(BudgetPeriod)
class BudgetPeriodAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("budget", "key", LIMIT, HELD, SPENT, OVERRUN, usd("left", "left"))
    list_select_related = ("budget__account", "budget__member")
    search_fields = ("budget__name", "budget__account__name", "key")


@admin.register(BudgetChange)
class BudgetChangeAdmin(ReadOnly, admin.ModelAdmin):
    """Who did what to which budget, and why."""

    list_display = ("budget", *CHANGE_COLUMNS)
    list_filter = ("kind", ("budget__account", admin.RelatedOnlyFieldListFilter), "changed_at")
    list_select_related = ("budget__account", "budget__member", "changed_by")
    search_fields = ("why", "detail", "budget__name", "budget__account__name", "changed_by__username")
    date_hierarchy = "changed_at"
