"""The mails in the admin: what was told, to whom, what did not go out, and how it reads; each can be sent again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from .. import alert_mail, notice_mail, outbox
from ..audience import audience_of
from ..models import Account, Alert, AlertState, Delivery, Notice
from ..money import format_usd
from .columns import AMOUNT, LIMIT, ReadOnly, link

DELIVERY = ("state", "due_at", "sent_at", "recipients", "attempts", "next_try", "trouble")


class MailAdmin(ReadOnly, admin.ModelAdmin):
    """What alerts and notices have in common. Only `outbox` writes the rows."""

    actions = ("resend",)
    date_hierarchy = "due_at"
    show_full_result_count = False

    @admin.display(description="sent to")
    def recipients(self, row: Delivery) -> str:
        return ", ".join(row.sent_to) or "–"

    @admin.display(description="next try")
    def next_try(self, row: Delivery) -> datetime | str:
        return row.try_at if row.state == AlertState.DUE else "–"

    @admin.display(description="account")
    def account_link(self, row: Any) -> SafeString | str:
        return link(self.account_of(row))

    @admin.display(description="how it reads now")
    def letter(self, row: Delivery) -> SafeString | str:
        audience = audience_of(self.account_of(row))
        if audience is None:
            return "Nobody has a mail address, so nothing is written."
        letter = self.letter_of(row, audience)
        return format_html(
            '<strong>{}</strong><pre style="white-space: pre-wrap">{}</pre>', letter.subject, letter.text
        )

    @admin.action(description="Send the chosen mails again", permissions=["resend"])
    def resend(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for row in queryset:
            if outbox.resend(row):
                self.log_change(request, row, "To be sent again.")
                messages.success(request, f"{row}: it goes out again within seconds.")
            else:
                messages.info(request, f"{row}: {_why_not(row)}")

    def has_resend_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(f"billing.change_{self.opts.model_name}")

    def account_of(self, row: Any) -> Account:
        raise NotImplementedError

    def letter_of(self, row: Any, audience: Any) -> Any:
        raise NotImplementedError


def _why_not(row: Delivery) -> str:
    if row.state == AlertState.COVERED:
        return "another mail of the same budget says more. Send that one again."
    return "it is on its way already."


@admin.register(Alert)
class AlertAdmin(MailAdmin):
    """Thresholds that budgets have reached, and the mails about them."""

    list_display = (
        "budget",
        "reached",
        AMOUNT,
        LIMIT,
        "state",
        "due_at",
        "sent_at",
        "recipients",
        "attempts",
    )
    list_filter = (
        "state",
        "measure",
        "threshold",
        ("period__budget__account", admin.RelatedOnlyFieldListFilter),
    )
    list_select_related = ("period__budget__account", "period__budget__member")
    search_fields = ("period__budget__name", "period__budget__account__name", "trouble")
    fields = readonly_fields = (
        "account_link",
        "budget_link",
        "reached",
        AMOUNT,
        LIMIT,
        *DELIVERY,
        "letter",
    )

    @admin.display(description="budget")
    def budget(self, alert: Alert) -> str:
        return f"{alert.period.budget.account}: {alert.period.label}"

    @admin.display(description="budget")
    def budget_link(self, alert: Alert) -> SafeString | str:
        return link(alert.period.budget, alert.period.label)

    @admin.display(description="reached", ordering="threshold")
    def reached(self, alert: Alert) -> str:
        return f"{alert.threshold} % {alert.get_measure_display().lower()}"

    def account_of(self, row: Alert) -> Account:
        return row.period.budget.account

    def letter_of(self, row: Alert, audience: Any) -> Any:
        return alert_mail.letter_of(row, audience)


@admin.register(Notice)
class NoticeAdmin(MailAdmin):
    """The week's digests, and the mails about orders that a budget refused."""

    list_display = ("account", "kind", "key", "what", "state", "due_at", "sent_at", "recipients", "attempts")
    list_filter = ("state", "kind", ("account", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("account",)
    search_fields = ("account__name", "key", "trouble")
    fields = readonly_fields = ("account_link", "kind", "key", "what", *DELIVERY, "letter")

    @admin.display(description="about")
    def what(self, notice: Notice) -> str:
        facts = notice.facts
        if "needed_micros" not in facts:
            return "–"
        who, needed = facts["who"] or "Somebody", format_usd(notice_mail.dollars(facts, "needed"))
        return f"{who} needed {needed} of “{facts['label']}”"

    def account_of(self, row: Notice) -> Account:
        return row.account

    def letter_of(self, row: Notice, audience: Any) -> Any:
        return notice_mail.letter_of(row, audience)
