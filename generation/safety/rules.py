"""An order against the deny-list. What is refused costs nothing: this stands before the hold."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from billing.models import Account
from generation.catalogue import ModelSpec
from generation.safety import patterns
from generation.safety.models import DenyRule, RuleKind
from generation.safety.words import Spellings, phrases_of

# What must not be seen is named there, so words of the list are in their right place.
NOT_ASKED_FOR = {"negative_prompt"}
TEXT_TYPES = {"text", "string", "list", "object"}
_ADDRESS = re.compile(r"(https?://|file:)\S+")
_AROUND = 40


@dataclass(frozen=True)
class Text:
    """A text of an order and the label of the parameter that it stands in."""

    label: str
    text: str


@dataclass(frozen=True)
class Finding:
    """What a rule found. `is_certain` is False for a rule that could not be used; then nothing is known of the text."""

    rule: DenyRule
    label: str = ""
    excerpt: str = ""
    sha256: str = ""
    is_certain: bool = True


def examine(account: Account, spec: ModelSpec, values: Mapping[str, Any]) -> Finding | None:
    """The first rule that the order breaks, or that cannot be used; None when it may be placed."""
    rules = list(DenyRule.objects.for_account(account))
    texts = list(texts_of(spec, values)) if rules else []
    if not texts:
        return None
    return _by_words([rule for rule in rules if rule.kind == RuleKind.WORDS], texts) or _by_patterns(
        [rule for rule in rules if rule.kind == RuleKind.PATTERN], texts
    )


def texts_of(spec: ModelSpec, values: Mapping[str, Any]) -> Iterator[Text]:
    """Everything in an order that is words, however deep; addresses of files and negative prompts are not."""
    for parameter in spec.parameters:
        if parameter.type in TEXT_TYPES and parameter.name not in NOT_ASKED_FOR:
            for text in _strings(values.get(parameter.name)):
                yield Text(parameter.label, text)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if value and not _ADDRESS.fullmatch(value):
            yield value
    elif isinstance(value, Mapping):
        for name, each in value.items():
            if name not in NOT_ASKED_FOR:
                yield from _strings(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _strings(each)


def _by_words(rules: Sequence[DenyRule], texts: Sequence[Text]) -> Finding | None:
    read = [(text, Spellings(text.text)) for text in texts] if rules else []
    for rule in rules:
        phrases = phrases_of(rule.text)
        for text, spellings in read:
            phrase = spellings.find(phrases)
            if phrase is not None:
                start = max(0, text.text.casefold().find(phrase.casefold()))
                return _finding(rule, text, start, start + len(phrase))
    return None


def _by_patterns(rules: Sequence[DenyRule], texts: Sequence[Text]) -> Finding | None:
    if not rules:
        return None
    try:
        hit = patterns.first_hit([rule.text for rule in rules], [text.text for text in texts])
    except patterns.PatternError as error:
        return Finding(rules[error.pattern], is_certain=False)
    return _finding(rules[hit.pattern], texts[hit.text], hit.start, hit.end) if hit else None


def _finding(rule: DenyRule, text: Text, start: int, end: int) -> Finding:
    around = text.text[max(0, start - _AROUND) : end + _AROUND]
    return Finding(
        rule, text.label, around[:200], hashlib.sha256(text.text.encode(errors="replace")).hexdigest()
    )
