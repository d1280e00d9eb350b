"""Orders that are not placed, and the memory of those that the content rules refused."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User

from billing.models import Account
from generation.catalogue import ModelSpec
from generation.safety import rules
from generation.safety.models import ContentDecision, Decision
from generation.safety.rules import Finding


class OrderRefusedError(Exception):
    """An order that cannot be placed; the message says why and what to do."""


class ContentRefusedError(OrderRefusedError):
    """An order that asks for what the studio's content rules do not allow. `decision` is not saved yet."""

    def __init__(self, message: str, decision: ContentDecision) -> None:
        super().__init__(message)
        self.decision = decision


@contextmanager
def remembered() -> Iterator[None]:
    """Write down a refusal by the content rules. It stands around the transaction that the refusal ends.

    Where transactions are nested, each level has it: what an outer one takes back is written again further out.
    """
    try:
        yield
    except ContentRefusedError as refusal:
        known = refusal.decision
        if not ContentDecision.objects.filter(key=known.key).exists():
            known.pk, known._state.adding = None, True
            known.save()
        raise


def refuse_denied(
    account: Account, requested_by: User | None, key: UUID, spec: ModelSpec, values: Mapping[str, Any]
) -> None:
    """Raise ContentRefusedError for an order that breaks a rule of the deny-list, or that a broken rule leaves open."""
    finding = rules.examine(account, spec, values)
    if finding is None:
        return
    decision = ContentDecision(
        account=account,
        requested_by=requested_by,
        model=spec.slug,
        order_key=key,
        rule=finding.rule,
        rule_text=finding.rule.text,
        rule_note=finding.rule.note,
        decision=Decision.REFUSED if finding.is_certain else Decision.UNCHECKED,
        parameter=finding.label,
        excerpt=finding.excerpt,
        sha256=finding.sha256,
    )
    raise ContentRefusedError(f"Nothing was ordered. {_why(finding)}", decision)


def _why(finding: Finding) -> str:
    """In words for whoever ordered: what the rule is about, never what it lists."""
    note = finding.rule.note
    if finding.is_certain:
        return (
            f"“{finding.label}” asks for what this studio’s content rules do not allow ({note}). Reword it."
        )
    return f"One of this studio’s content rules ({note}) cannot be checked. Ask whoever runs the studio to mend it."
