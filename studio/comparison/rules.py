"""Selection rules: which model makes a shot. In order; the first whose conditions all hold decides, else the default.

    choose(rules, ShotFacts(prompt="Close-up of soap", seconds=Decimal(5)), default="ray-2-flash-text") → Choice

Pure: whoever asks gives the facts. A condition on something that is not known does not hold. A rule whose model cannot
make the shot is passed over, so that a rule for clips from pictures never takes a shot without one.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

__all__ = ["Choice", "Effect", "Rule", "ShotFacts", "choose", "doubts", "preview"]

type PriceOf = Callable[["ShotFacts", str], Decimal | None]


@dataclass(frozen=True, slots=True)
class ShotFacts:
    """What rules may look at. `seconds` and `budget_left` (per cent of the budget) are None where nobody knows them.

    `mode` is the catalogue's word for what is to be made ("image-to-video"). `usable` are the slugs of models that can
    make this shot; None means any. `shot` names it for whoever shows a preview; `model` is what makes it now.
    """

    prompt: str = ""
    seconds: Decimal | None = None
    mode: str = ""
    budget_left: Decimal | None = None
    usable: frozenset[str] | None = None
    shot: int = 0
    model: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """Conditions and the model that they choose, by slug. Each that is given must hold; none given holds always.

    `words`: any of these words or phrases stands in the prompt, whole and in any case. `shortest` and `longest`
    belong to the range. `budget_below`: less than so many per cent of the budget are left. `key` is whatever names the
    rule to its owner. Raises ValueError for a range that nothing can be in.
    """

    model: str
    words: tuple[str, ...] = ()
    shortest: Decimal | None = None
    longest: Decimal | None = None
    mode: str = ""
    budget_below: Decimal | None = None
    key: int = 0
    _pattern: re.Pattern[str] | None = field(init=False, repr=False, compare=False, default=None)

    def __post_init__(self) -> None:
        if not self.model:
            raise ValueError("A rule chooses a model.")
        if _is_empty(self.shortest, self.longest):
            raise ValueError("No shot is at least that long and at most that short: swap the two lengths.")
        words = tuple(" ".join(word.split()) for word in self.words if word.strip())
        object.__setattr__(self, "words", words)
        object.__setattr__(self, "_pattern", _any_of(words))

    @property
    def is_open(self) -> bool:
        """Whether it has no condition, and so holds always."""
        ranges = (self.shortest, self.longest, self.budget_below)
        return not self.words and not self.mode and all(each is None for each in ranges)

    def holds(self, facts: ShotFacts) -> bool:
        """Whether each of its conditions holds."""
        return (
            (self._pattern is None or self._pattern.search(" ".join(facts.prompt.split())) is not None)
            and (not self.mode or self.mode == facts.mode)
            and _is_from(facts.seconds, self.shortest)
            and _is_to(facts.seconds, self.longest)
            and (
                self.budget_below is None
                or (facts.budget_left is not None and facts.budget_left < self.budget_below)
            )
        )

    @property
    def sentence(self) -> str:
        """Its conditions in words: “the prompt has “soap” or “foam”, and the shot is at least 6 s long”."""
        parts = []
        if self.words:
            parts.append(f"the prompt has {' or '.join(f'“{word}”' for word in self.words)}")
        if self.mode:
            parts.append(f"it is {self.mode.replace('-', ' ')}")
        parts += _length_words(self.shortest, self.longest)
        if self.budget_below is not None:
            parts.append(f"less than {_plain(self.budget_below)} % of the budget is left")
        return ", and ".join(parts) or "always"


@dataclass(frozen=True, slots=True)
class Choice:
    """The model that makes a shot, and the rule that chose it; None where the default did."""

    rule: Rule | None
    model: str


@dataclass(frozen=True, slots=True)
class Effect:
    """What a rule (None: the default) does to the shots that it decides.

    `moved` are those whose model changes. Amounts are US dollars for one take of each shot of which both prices are
    known; `unpriced` counts those of which one is not.
    """

    rule: Rule | None
    shots: tuple[ShotFacts, ...]
    moved: tuple[ShotFacts, ...]
    before: Decimal
    after: Decimal
    unpriced: int

    @property
    def difference(self) -> Decimal:
        """What changes: above zero it becomes dearer."""
        return self.after - self.before


def choose(rules: Sequence[Rule], facts: ShotFacts, default: str) -> Choice:
    """The first rule that holds and whose model can make the shot; the default model where none does."""
    for rule in rules:
        if rule.holds(facts) and (facts.usable is None or rule.model in facts.usable):
            return Choice(rule, rule.model)
    return Choice(None, default)


def preview(
    rules: Sequence[Rule], shots: Sequence[ShotFacts], defaults: Mapping[int, str] | str, price_of: PriceOf
) -> list[Effect]:
    """What each rule does, in order, and last what is left to the default. Each shot is counted once.

    `defaults` is the default model, or that of each shot by its number in `ShotFacts.shot`; `price_of` gives US dollars
    for one take of a shot on a model, None where nobody knows. All shots see the same budget: what one would spend is
    not taken from the next.
    """
    decided: dict[int | None, list[tuple[ShotFacts, str]]] = {
        place: [] for place in (*range(len(rules)), None)
    }
    places = {id(rule): place for place, rule in enumerate(rules)}
    for facts in shots:
        default = defaults if isinstance(defaults, str) else defaults[facts.shot]
        choice = choose(rules, facts, default)
        decided[None if choice.rule is None else places[id(choice.rule)]].append((facts, choice.model))
    return [
        _effect(None if place is None else rules[place], chosen, price_of)
        for place, chosen in decided.items()
    ]


def doubts(rules: Sequence[Rule], modes: Mapping[str, str]) -> list[str]:
    """A sentence for each rule that can never decide, because one before it always does so first.

    `modes` has the mode of each model: one that makes something else leaves the shot to the rules after it.
    """
    said = []
    for place, rule in enumerate(rules):
        alike = (
            first for first, other in enumerate(rules[:place]) if modes[other.model] == modes[rule.model]
        )
        before = next((first for first in alike if _covers(rules[first], rule)), None)
        if before is not None:
            said.append(
                f"Rule {place + 1} never decides: rule {before + 1} takes all of its shots. Move it up."
            )
    return said


def _effect(rule: Rule | None, chosen: Sequence[tuple[ShotFacts, str]], price_of: PriceOf) -> Effect:
    before = after = Decimal(0)
    unpriced = 0
    for facts, model in chosen:
        now, then = price_of(facts, facts.model), price_of(facts, model)
        if now is None or then is None:
            unpriced += 1
        else:
            before, after = before + now, after + then
    moved = tuple(facts for facts, model in chosen if model != facts.model)
    return Effect(rule, tuple(facts for facts, _ in chosen), moved, before, after, unpriced)


def _covers(first: Rule, second: Rule) -> bool:
    """Whether the first holds for whatever the second holds for."""
    if first.mode and first.mode != second.mode:
        return False
    if first.words and not (
        second.words and {*map(str.casefold, second.words)} <= {*map(str.casefold, first.words)}
    ):
        return False
    return (
        _is_wider(first.shortest, second.shortest, lambda one, other: one <= other)
        and _is_wider(first.longest, second.longest, lambda one, other: one >= other)
        and _is_wider(first.budget_below, second.budget_below, lambda one, other: one >= other)
    )


def _is_wider(
    first: Decimal | None, second: Decimal | None, compare: Callable[[Decimal, Decimal], bool]
) -> bool:
    return first is None or (second is not None and compare(first, second))


def _any_of(words: Sequence[str]) -> re.Pattern[str] | None:
    """Whole words, where a word has ends: not the “art” in “start”."""
    if not words:
        return None
    return re.compile("|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in words), re.IGNORECASE)


def _is_from(value: Decimal | None, least: Decimal | None) -> bool:
    return least is None or (value is not None and value >= least)


def _is_to(value: Decimal | None, most: Decimal | None) -> bool:
    return most is None or (value is not None and value <= most)


def _is_empty(least: Decimal | None, most: Decimal | None) -> bool:
    return least is not None and most is not None and least > most


def _length_words(least: Decimal | None, most: Decimal | None) -> list[str]:
    if least is not None and least == most:
        return [f"the shot is {_plain(least)} s long"]
    said = []
    if least is not None:
        said.append(f"the shot is at least {_plain(least)} s long")
    if most is not None:
        said.append(f"the shot is at most {_plain(most)} s long")
    return said


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
