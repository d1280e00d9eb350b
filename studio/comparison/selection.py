"""A project's selection rules on its shots: what each would change, changing it, and which rule chose a take's model.

    effects = preview_of(project)                 each rule with its shots and the price before and after
    apply(project, effects, by)                   the shots name their models from then on
    chosen_by(rules, shot, "wan-25-preview-text") the rule that chose it, in words

Rules change shots when somebody applies them, never behind anybody's back: what the storyboard shows is what is
ordered.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import transaction

from billing.availability import available
from billing.errors import NoBudgetError
from generation.catalogue import ModelSpec, UnknownModelError, catalogue
from generation.switches.in_force import why_off
from studio import selections
from studio.comparison.rules import Effect, Rule, ShotFacts, choose, preview
from studio.estimates import bare_price
from studio.models import Project, SelectionRule, Shot
from studio.plans import model_of
from studio.shot_settings import misfits

__all__ = ["Preview", "apply", "chosen_by", "preview_of", "rules_of"]

LONGEST_WORDS = 300


@dataclass(frozen=True)
class Preview:
    """What the rules do to the shots that were looked at. `rows` are the shots by their ids, in the film's order.

    The last effect is that of no rule: those shots stay as they are.
    """

    rules: Sequence[Rule]
    effects: Sequence[Effect]
    rows: dict[int, Shot] = field(default_factory=dict)

    @property
    def moved(self) -> int:
        """How many shots get another model."""
        return sum(len(effect.moved) for effect in self.effects)

    @property
    def difference(self) -> Decimal:
        """US dollars for one take of each shot: above zero it becomes dearer."""
        return sum((effect.difference for effect in self.effects), Decimal(0))


@dataclass(frozen=True)
class Applied:
    """How many shots changed, and those that could not, with a sentence each."""

    done: int
    left_out: Sequence[tuple[Shot, str]]


def rules_of(project: Project) -> list[Rule]:
    """The project's rules in their order; `Rule.key` is the row's position. One query."""
    rows = SelectionRule.objects.filter(project=project).order_by("position")
    return [
        Rule(
            model=row.model,
            words=tuple(row.words.split(",")),
            shortest=row.shortest,
            longest=row.longest,
            mode=row.mode,
            budget_below=None if row.budget_below is None else Decimal(row.budget_below),
            key=row.position,
        )
        for row in rows
    ]


def preview_of(project: Project, *, with_own: bool = False) -> Preview:
    """What the rules would change of the film; `with_own` looks at shots too that name a model themselves.

    A fixed number of queries, however many shots. Nothing is written.
    """
    rules = rules_of(project)
    shots = _shots(project, with_own=with_own)
    left = _budget_left(project) if any(rule.budget_below is not None for rule in rules) else None
    facts = [_facts(project, shot, rules, left) for shot in shots]
    by_id = {shot.pk: shot for shot in shots}
    effects = preview(
        rules,
        facts,
        {each.shot: each.model for each in facts},
        lambda each, model: _price(by_id[each.shot], model),
    )
    return Preview(rules, effects, by_id)


@transaction.atomic
def apply(project: Project, shown: Preview, by: Any) -> Applied:
    """Have each shot made by the model that its rule chose. Shots that changed meanwhile and cannot be are left out."""
    done = 0
    left_out: list[tuple[Shot, str]] = []
    for effect in shown.effects:
        if effect.rule is None or not effect.moved:
            continue
        outcome = selections.change_model(
            project, [facts.shot for facts in effect.moved], effect.rule.model, by
        )
        done += len(outcome.done)
        left_out += outcome.left_out
    return Applied(done, left_out)


def chosen_by(rules: Iterable[Rule], shot: Shot, model: str) -> str:
    """The rule that chooses this model for this shot, in words for the take; empty where none does.

    Without the budget: what was left when the shot got its model is not known any more, so rules on it are passed over.
    """
    known = [rule for rule in rules if rule.budget_below is None]
    mode = catalogue().find(model).mode
    facts = ShotFacts(prompt=shot.prompt, seconds=shot.seconds, mode=mode, usable=_alike(known, mode))
    rule = choose(known, facts, "").rule
    if rule is None or rule.model != model:
        return ""
    return f"Rule {rule.key}: {rule.sentence}."[:LONGEST_WORDS]


def _shots(project: Project, *, with_own: bool) -> list[Shot]:
    every = Shot.objects.current().filter(scene__project=project)
    chosen = every if with_own else every.filter(model="")
    shots = list(chosen.select_related("scene").order_by("scene__position", "position"))
    for shot in shots:
        shot.scene.project = project
    return shots


def _facts(project: Project, shot: Shot, rules: Sequence[Rule], left: Decimal | None) -> ShotFacts:
    now = model_of(shot)
    return ShotFacts(
        prompt=shot.prompt,
        seconds=shot.seconds,
        mode=now.mode,
        budget_left=left,
        usable=frozenset(slug for slug in _alike(rules, now.mode) if _can_make(project, shot, now, slug)),
        shot=shot.pk,
        model=now.slug,
    )


def _alike(rules: Iterable[Rule], mode: str) -> frozenset[str]:
    """The rules' models that make what is made now: another mode would need other files and words."""
    found = set()
    for rule in rules:
        spec = _spec(rule.model)
        if spec is not None and spec.mode == mode:
            found.add(spec.slug)
    return frozenset(found)


def _can_make(project: Project, shot: Shot, now: ModelSpec, slug: str) -> bool:
    spec = catalogue().find(slug)
    if spec.slug == now.slug:
        return True
    kept = shot.model
    # As if the shot named it: what follows the project is asked for other things.
    shot.model = spec.slug
    problems = misfits(spec, project, shot)
    shot.model = kept
    return not problems and not why_off(spec)


def _price(shot: Shot, slug: str) -> Decimal | None:
    """One take of the shot on a model; on another than its own, as if the shot named it."""
    spec = _spec(slug)
    if spec is None:
        return None
    if spec.slug == model_of(shot).slug:
        return bare_price(shot, spec)
    kept = shot.model
    shot.model = spec.slug
    price = bare_price(shot, spec)
    shot.model = kept
    return price


def _budget_left(project: Project) -> Decimal | None:
    """Per cent of the total budget; None where there is none that is open."""
    try:
        found = available(project.account)
    except NoBudgetError:
        return None
    return found.left * 100 / found.limit if found.limit else None


def _spec(slug: str) -> ModelSpec | None:
    """None for a model that has gone from the catalogue."""
    try:
        return catalogue().find(slug)
    except UnknownModelError:
        return None
