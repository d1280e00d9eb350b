"""What a worker does for the studio. Any of these may run twice, late, or never."""

import logging
import threading
from typing import Any

from celery import shared_task
from celery.signals import worker_shutting_down
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from generation import daily
from studio import housekeeping, notice_mails
from studio.client_links import marked_files
from studio.people import account_mail, invitations
from studio.take_words import weight

logger = logging.getLogger(__name__)

_stop = threading.Event()


@worker_shutting_down.connect
def _stop_early(**_: Any) -> None:
    """A worker that is asked to stop does not wait for a large storage to be looked through."""
    _stop.set()


@shared_task(name="studio.mark_file")
def mark_file(marked_id: int) -> None:
    """Burn a client's name into a copy of a file."""
    marked_files.make(marked_id)


@shared_task(name="studio.clear_link")
def clear_link(link_id: int) -> None:
    """Remove the copies of a client's link that is over."""
    marked_files.remove_all(link_id)


@shared_task(name="studio.send_notices")
def send_notices(mail_id: int) -> None:
    """Mail what somebody has not read of their notices."""
    notice_mails.send(mail_id)


@shared_task(name="studio.send_account_mail")
def send_account_mail(account_mail_id: int) -> None:
    """Mail somebody about their own account."""
    account_mail.send_account_mail(account_mail_id)


@shared_task(name="studio.send_invitation")
def send_invitation(invitation_id: int) -> None:
    """Mail an invitation to a team."""
    invitations.send_invitation(invitation_id)


def when_looking_back(**_signal: Any) -> None:
    """Receives `generation.signals.look_back`: notices that have waited long enough go into mails."""
    notice_mails.gather(timezone.now())


@shared_task(name="studio.housekeep")
def housekeep() -> None:
    """The day's housekeeping, unless it is going on somewhere."""
    SessionStore.clear_expired()
    try:
        report = housekeeping.run(stop=_stop)
    except housekeeping.BusyError:
        return
    for problem in report.problems:
        logger.error("Housekeeping could not do everything: %s", problem)
    logger.info("Housekeeping freed %s files, %s.", report.files, weight(report.size_bytes))
    if not _stop.is_set():
        daily.done(housekeep)
