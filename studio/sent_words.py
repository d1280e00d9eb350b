"""The words of an order as they will be sent: the prompt with the look, how long it is, and what is avoided."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from generation.catalogue import ModelSpec
from studio.looks import Look, dressed, own_negative, takes_negative, takes_words


@dataclass(frozen=True)
class SentText:
    """A text as the provider gets it: its own part, then what the look adds.

    `limit` is in characters, None where the catalogue knows none.
    """

    own: str
    added: str
    limit: int | None

    @property
    def text(self) -> str:
        return self.own + self.added

    @property
    def length(self) -> int:
        return len(self.text)

    @property
    def over(self) -> int:
        """Characters too many."""
        return max(0, self.length - self.limit) if self.limit else 0


@dataclass(frozen=True)
class SentWords:
    """What one take is told. None where the model takes no such text."""

    prompt: SentText | None
    negative: SentText | None
    notes: tuple[str, ...] = ()

    @property
    def is_dressed(self) -> bool:
        """Whether the look adds something to what was typed."""
        return any(text is not None and bool(text.added) for text in (self.prompt, self.negative))


def sent_words(spec: ModelSpec, values: Mapping[str, Any], look: Look) -> SentWords:
    """The words of these values, made by the same function as the order's."""
    worn = dressed(spec, values, look)
    own = str(values.get("prompt") or "").strip()
    prompt = _text(spec, "prompt", own, str(worn.get("prompt") or "").strip())
    negative = _text(
        spec,
        "negative_prompt",
        own_negative(spec, values),
        own_negative(spec, worn),
    )
    return SentWords(prompt, negative, tuple(_notes(spec, values, look)))


def _text(spec: ModelSpec, name: str, own: str, whole: str) -> SentText | None:
    parameter = spec.parameter(name)
    if parameter is None:
        return None
    kept = own if whole.startswith(own) else ""
    return SentText(kept, whole[len(kept) :], parameter.max_length)


def _notes(spec: ModelSpec, values: Mapping[str, Any], look: Look) -> list[str]:
    notes = []
    if look.style and not takes_words(spec):
        notes.append(f"{spec.name} works on a file, so the look is not sent to it.")
    elif look.style and values.get("multi_prompt"):
        notes.append("The look is added to the prompt, not to the several shots of a clip.")
    if takes_words(spec) and not takes_negative(spec):
        avoided = bool(look.negative or str(values.get("negative_prompt") or "").strip())
        unsent = " What the look avoids is not sent." if avoided else ""
        notes.append(f"{spec.name} cannot be told what to avoid.{unsent}")
    return notes
