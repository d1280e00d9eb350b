"""A real mail server for tests, on a port of its own, and mailers that lead to it."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller

from billing.audience import Audience


class Inbox:
    """What the server took; `refuses` are addresses that it does not take."""

    def __init__(self, *, refuses: tuple[str, ...] = (), answer: str = "250 OK") -> None:
        self.refuses = refuses
        self.answer = answer
        self.mails: list[EmailMessage] = []
        self.recipients: list[list[str]] = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refuses:
            return "550 There is nobody of this name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.answer.startswith("250"):
            self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
            self.recipients.append(list(envelope.rcpt_tos))
        return self.answer

    @property
    def subjects(self) -> list[str]:
        return [str(mail["Subject"]) for mail in self.mails]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serving(inbox: Inbox, port: int) -> Iterator[None]:
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield
    finally:
        controller.stop()


def mailers_to(port: int) -> dict[str, object]:
    options = {"host": "127.0.0.1", "port": port, "timeout": 5}
    return {"default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}}


def audience_for(account) -> Audience:
    return Audience(
        name=account.name,
        recipients=("ada@example.com", "office@example.com"),
        spend_url="http://localhost:8000/soap/spend/",
        budget_url="http://localhost:8000/soap/budget/",
    )
