"""The deny-list in the admin, what was decided by it, and how often safety had to do with each model."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString

from billing.admin import ReadOnly, link, list_link
from generation.models import ContentDecision, DenyRule
from generation.safety.figures import by_model


@admin.register(DenyRule)
class DenyRuleAdmin(admin.ModelAdmin):
    """What may not be asked for. A rule that has refused something is put to sleep, not deleted."""

    list_display = ("note", "kind", "scope", "is_active", "refusals", "created_by", "created_at")
    list_filter = ("is_active", "kind", "account")
    list_select_related = ("account", "created_by")
    search_fields = ("note", "text")
    fields = ("note", "kind", "text", "account", "is_active", "created_by", "created_at")
    readonly_fields = ("created_by", "created_at")
    autocomplete_fields = ("account",)

    @admin.display(description="holds for", ordering="account__name")
    def scope(self, rule: DenyRule) -> str:
        return rule.account.name if rule.account else "Every project"

    @admin.display(description="refusals")
    def refusals(self, rule: DenyRule) -> SafeString:
        return list_link(ContentDecision, "see", rule__id__exact=rule.pk)

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        if isinstance(obj, DenyRule) and not change:
            by: Any = request.user  # Somebody signed in: the admin has seen to that.
            obj.created_by = by
        super().save_model(request, obj, form, change)


@admin.register(ContentDecision)
class ContentDecisionAdmin(ReadOnly, admin.ModelAdmin):
    """Orders that a rule refused. Above the list stand the figures by model."""

    list_display = ("at", "decision", "rule_note", "parameter", "excerpt", "model", "requested_by", "account")
    list_filter = ("decision", "at", "model", "rule")
    list_select_related = ("requested_by", "account")
    search_fields = ("rule_note", "excerpt", "model", "requested_by__username", "account__name")
    date_hierarchy = "at"
    readonly_fields = ("rule_link",)

    @admin.display(description="rule as it is now")
    def rule_link(self, decision: ContentDecision) -> SafeString | str:
        return link(decision.rule)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {**(extra_context or {}), "figures": by_model()}
        return super().changelist_view(request, context)
