"""What the admin's lists and pages of money have in common."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ..errors import BillingError
from ..money import format_usd


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


def add_link(model: type[Model], text: str, **values: object) -> SafeString:
    """A link to the admin's form for a new `model`, filled with `values`."""
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add", query=values)
    return format_html('<a href="{}">{}</a>', address, text)


def signed_in(request: HttpRequest) -> Any:
    """Who does it, for the record."""
    return request.user if request.user.is_authenticated else None


class ReadOnly:
    """For rows that only `budgets` and `ledger` write."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class RefusalsShown:
    """What billing refuses is said on the page; nothing is half done, for the page is one transaction."""

    message_user: Any

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)  # type: ignore[misc]
        except BillingError as error:
            self.message_user(request, str(error), messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())
