"""Billing in the admin: everything can be looked up, only a limit can be changed, and that with a reason."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from . import budgets
from .errors import LimitError
from .forms import UsdField
from .models import Account, Budget, BudgetChange, BudgetPeriod, Entry, Hold, Period
from .money import format_usd, to_micros


def usd(column: str, label: str) -> Any:
    """A column that shows US dollars and sorts by the micro-dollars behind it."""

    @admin.display(description=label, ordering=f"{column}_micros")
    def show(row: Model) -> str:
        return format_usd(getattr(row, column))

    return show


LIMIT, HELD, SPENT = usd("limit", "limit"), usd("held", "held"), usd("spent", "spent")
AMOUNT, CHARGED, OVERRUN = usd("amount", "amount"), usd("charged", "charged"), usd("overrun", "overrun")


def link(row: Model | None, text: object = None) -> SafeString | str:
    """A link to the row's own page in the admin."""
    if row is None:
        return "–"
    address = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    return format_html('<a href="{}">{}</a>', address, text or row)


def list_link(model: type[Model], text: str, **filters: object) -> SafeString:
    """A link to the admin's list of `model`, narrowed by `filters`."""
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist", query=filters)
    return format_html('<a href="{}">{}</a>', address, text)


class ReadOnly:
    """For rows that only `budgets` and `ledger` write."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class BudgetInline(ReadOnly, admin.TabularInline):
    model = Budget
    fields = readonly_fields = ("name", "period", LIMIT, "is_active")
    show_change_link = True
    can_delete = False
    extra = 0


def total(column: str) -> Any:
    """A column with a figure of the account's active total budget, out of what the list prefetched."""

    @admin.display(description=column)
    def show(account: Account) -> str:
        for budget in account.budgets.all():
            if budget.is_active and budget.period == Period.TOTAL:
                return format_usd(getattr(budget.periods.all()[0], column))
        return "no budget"

    return show


TOTALS = tuple(total(column) for column in ("limit", "held", "spent", "overrun", "left"))


@admin.register(Account)
class AccountAdmin(admin.ModelAdmin):
    """Accounts are opened with what they belong to, so here they can be renamed, no more."""

    list_display = ("name", *TOTALS, "created_at")
    search_fields = ("name",)
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
        return format_html(
            "{} · {} · {}",
            list_link(Hold, "Open holds", account__id__exact=account.pk, state__exact="open"),
            list_link(Hold, "All holds", account__id__exact=account.pk),
            list_link(Entry, "Entries", account__id__exact=account.pk),
        )


class BudgetForm(forms.ModelForm):
    """A new limit and the reason for it."""

    new_limit = UsdField(label="Limit in US dollars")
    why = forms.CharField(max_length=500, help_text="Kept with the budget, beside your name.")

    class Meta:
        model = Budget
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new_limit"].initial = self.instance.limit

    def clean_new_limit(self) -> Decimal:
        limit: Decimal = self.cleaned_data["new_limit"]
        if limit <= 0:
            raise forms.ValidationError("A budget needs a limit above zero.")
        counter = self.instance.periods.get()
        if limit < counter.held + counter.spent:
            raise forms.ValidationError(str(budgets.too_low(self.instance, to_micros(limit))))
        return limit


class BudgetChangeInline(ReadOnly, admin.TabularInline):
    model = BudgetChange
    fields = readonly_fields = ("changed_at", "changed_by", "from_usd", usd("to_limit", "to"), "why")
    can_delete = False
    extra = 0

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("changed_by")

    @admin.display(description="from")
    def from_usd(self, change: BudgetChange) -> str:
        return "–" if change.from_limit is None else format_usd(change.from_limit)


@admin.register(Budget)
class BudgetAdmin(admin.ModelAdmin):
    form = BudgetForm
    list_display = ("name", "account", "period", LIMIT, "is_active", "created_at")
    list_filter = ("is_active", "period")
    list_select_related = ("account",)
    search_fields = ("name", "account__name")
    readonly_fields = ("account_link", "period", "is_active", "created_at")
    fields = ("account_link", "period", "is_active", "created_at", "new_limit", "why")
    inlines = (BudgetChangeInline,)

    @admin.display(description="account")
    def account_link(self, budget: Budget) -> str:
        return link(budget.account)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Budget, form: Any, change: bool) -> None:
        data = form.cleaned_data
        user = request.user if request.user.is_authenticated else None
        budgets.change_limit(obj, data["new_limit"], by=user, why=data["why"])

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except LimitError as error:  # Money moved between the form's check and the guarded statement.
            self.message_user(request, str(error), messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())


@admin.register(BudgetPeriod)
class BudgetPeriodAdmin(ReadOnly, admin.ModelAdmin):
    list_display = (
        "budget",
        "key",
        LIMIT,
        HELD,
        SPENT,
        OVERRUN,
        "left_usd",
    )
    list_select_related = ("budget__account",)
    search_fields = ("budget__name", "budget__account__name", "key")

    @admin.display(description="left")
    def left_usd(self, period: BudgetPeriod) -> str:
        return format_usd(period.left)


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
    list_filter = ("state", ("account", admin.RelatedOnlyFieldListFilter))
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
    )
    readonly_fields = ("account_link", AMOUNT, CHARGED, OVERRUN)
    inlines = (EntryInline,)

    @admin.display(description="account")
    def account_link(self, hold: Hold) -> str:
        return link(hold.account)


@admin.register(Entry)
class EntryAdmin(ReadOnly, admin.ModelAdmin):
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
    date_hierarchy = "made_at"
    show_full_result_count = False
    fields = ("made_at", "kind", AMOUNT, "account_link", "hold_link", "reference", "made_by", "note")
    readonly_fields = ("account_link", "hold_link", AMOUNT)

    @admin.display(description="account")
    def account_link(self, entry: Entry) -> str:
        return link(entry.account)

    @admin.display(description="hold")
    def hold_link(self, entry: Entry) -> str:
        return link(entry.hold, entry.reference)
