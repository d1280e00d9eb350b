"""What a worker does for billing: mails. Any of these may run twice, late, or never; the rows know what is due."""

from __future__ import annotations

from celery import shared_task

from . import alert_mail, notice_mail, outbox


@shared_task(name="billing.send_alert")
def send_alert(alert_id: int) -> None:
    """Mail an alert that is due."""
    alert_mail.send_alert(alert_id)


@shared_task(name="billing.send_notice")
def send_notice(notice_id: int) -> None:
    """Mail a digest or a refusal that is due."""
    notice_mail.send_notice(notice_id)


def hand_out(tell: outbox.Tell) -> int:
    """Tell workers of all mails that are due; called every second by whoever watches. Returns how many."""
    return outbox.hand_out_all(tell)
