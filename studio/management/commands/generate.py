"""`python manage.py generate PROJECT`: order takes from the shell, and wait for them."""

import json
from argparse import ArgumentParser
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.core.management.base import CommandError

from billing.console import OneLineCommand
from billing.errors import BudgetExceededError, NoBudgetError
from billing.money import format_usd
from generation.alone import work_until_done
from generation.catalogue import InvalidArgumentsError, UnknownModelError, catalogue, validate
from generation.catalogue.wording import listed
from generation.health import has_worker
from generation.models import UNFINISHED
from generation.orders import OrderRefusedError
from generation.pricing import Quote, UnknownPriceError
from generation.providers import is_mocked
from studio import budget_words, take_report, takes
from studio.models import Project, Shot, Take
from studio.plans import files_for
from studio.progress import ProgressLine
from studio.storyboard import ShotCard, shot_cards
from studio.takes import ShotOrder, TakeRefusedError

MAX_TAKES = 20
SHOWN = 5


class Command(OneLineCommand):
    help = (
        "Order takes of a project's shots, whole or not at all: of one shot, or of every shot of a scene or "
        "project that has none yet. With --wait it needs no worker: it does the work itself."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project", help="the project's slug")
        parser.add_argument("--scene", metavar="N", help="only this scene")
        parser.add_argument("--shot", metavar="N", help="only this shot, whatever takes it has")
        parser.add_argument("--model", metavar="M", help="this model instead of each shot's own")
        parser.add_argument("--takes", metavar="N", default="1", help="how many of each shot (1)")
        parser.add_argument("--again", action="store_true", help="shots that have a take as well")
        parser.add_argument("--wait", action="store_true", help="wait until all have ended")
        parser.add_argument("--json", action="store_true", help="print the outcome as JSON")

    def handle(self, *, project: str, wait: bool, **options: Any) -> None:
        self.is_json: bool = options["json"]
        chosen = find_project(project)
        cards = _cards(chosen, options["scene"], options["shot"])
        wanted = cards if options["shot"] or options["again"] else [card for card in cards if card.needs_take]
        # What an interrupted command left is waited for as well.
        pending = _pending(cards) if wait else []
        made = self._order(chosen, [card.shot for card in wanted], options)
        self._end(chosen, [*pending, *made], wait=wait)

    def _order(self, project: Project, shots: Sequence[Shot], options: dict[str, Any]) -> list[int]:
        """Order the takes and say what they cost; their ids."""
        lines = _plan(shots, options["model"], _count(options["takes"]))
        if not lines:
            self._say("Every shot here has a take or is being made. --again orders more.")
            return []
        try:
            ordered = takes.order([order for order, _ in lines], None)
        except (BudgetExceededError, NoBudgetError) as error:
            wishes = [budget_words.wish(order.spec, quote) for order, quote in lines]
            raise CommandError(
                budget_words.refusal(project, _takes(len(lines)), wishes, None, error)
            ) from error
        except (OrderRefusedError, UnknownPriceError, InvalidArgumentsError, TakeRefusedError) as error:
            raise CommandError(f"{error} Nothing was ordered.") from error
        for order, quote in lines:
            self._say(f"{_place(order.shot)}  {order.spec.slug}  {format_usd(quote.amount)}")
        total = format_usd(sum((quote.amount for _, quote in lines), Decimal(0)))
        self._say(f"{_takes(len(ordered))} ordered for {total}.")
        if any(is_mocked(order.spec.provider) for order, _ in lines):
            self._say(
                "The mock provider plays what has no key: no call leaves, and nothing is really billed."
            )
        return [take.pk for take in ordered]

    def _end(self, project: Project, take_ids: list[int], *, wait: bool) -> None:
        if wait:
            self._wait(take_ids)
        found = take_report.read_takes(take_ids)
        if self.is_json:
            self.stdout.write(json.dumps(take_report.as_json(project, found), ensure_ascii=False, indent=2))
        elif wait:
            for take in found:
                self._say(take_report.line(take))
        if not wait:
            if found and not has_worker():
                self._say(
                    "No worker is running, so nothing happens to them until one does. --wait works alone."
                )
            return
        if sentence := take_report.shortfall(found):
            raise CommandError(sentence)

    def _wait(self, take_ids: list[int]) -> None:
        if not take_ids:
            return
        generations = Take.objects.filter(pk__in=take_ids).values_list("generation_id", flat=True)
        progress = ProgressLine(self.stderr)
        try:
            work_until_done([pk for pk in generations if pk], progress.show)
        except KeyboardInterrupt:
            progress.finish()
            raise CommandError(
                "Stopped waiting. Nothing is lost: what is in flight goes on when a worker runs, "
                "or when this command is given again.",
                returncode=130,
            ) from None
        progress.finish()

    def _say(self, text: str) -> None:
        if not self.is_json:
            self.stdout.write(text)


def find_project(slug: str) -> Project:
    """The project of a command. Raises CommandError that lists what there is."""
    project = Project.objects.select_related("account").filter(slug=slug).first()
    if project is None:
        there = list(Project.objects.order_by("slug").values_list("slug", flat=True))
        raise CommandError(f"There is no project “{slug}”. {_what_there_is(there, 'project')}")
    return project


def _cards(project: Project, scene: str | None, shot: str | None) -> list[ShotCard]:
    """The shots that are meant, in the order of the film."""
    shots, meant = Shot.objects.current(), list(project.scenes.order_by("position"))
    if scene is not None:
        there = [each.number for each in meant]
        meant = [each for each in meant if each.number.casefold() == scene.strip().casefold()]
        if not meant:
            raise CommandError(f"{project.slug} has no scene “{scene}”. {_what_there_is(there, 'scene')}")
        shots = shots.filter(scene__in=meant)
    cards = shot_cards(shots, project)
    if shot is None:
        return cards
    found = [card for card in cards if card.shot.number.casefold() == shot.strip().casefold()]
    if not found:
        where = f"Scene {meant[0].number}" if scene is not None else project.slug
        there = list(dict.fromkeys(card.shot.number for card in cards))
        raise CommandError(f"{where} has no shot “{shot}”. {_what_there_is(there, 'shot')}")
    if len(found) > 1:
        scenes = listed([card.shot.scene.number for card in found], last="and")
        raise CommandError(
            f"There is a shot “{shot}” in each of the scenes {scenes}: say which with --scene."
        )
    return found


def _what_there_is(names: Sequence[str], noun: str) -> str:
    if not names:
        return f"There is no {noun} yet: load some with “python manage.py import_shots”."
    more = f" and {len(names) - 30} more" if len(names) > 30 else ""
    return f"There {'is' if len(names) == 1 else 'are'} {', '.join(names[:30])}{more}."


def _pending(cards: Iterable[ShotCard]) -> list[int]:
    shots = [card.shot.pk for card in cards if card.unfinished]
    unfinished = Take.objects.filter(shot__in=shots, generation__status__in=UNFINISHED)
    return list(unfinished.values_list("pk", flat=True))


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 4 and 1 <= int(text) <= MAX_TAKES):
        raise CommandError(f"--takes must be a whole number from 1 to {MAX_TAKES}, not “{text}”.")
    return int(text)


def _plan(shots: Sequence[Shot], model: str | None, count: int) -> list[tuple[ShotOrder, Quote]]:
    """What to order at which price. Raises CommandError that names the shots that cannot be ordered so."""
    try:
        slug = catalogue().find(model).slug if model else ""
    except UnknownModelError as error:
        raise CommandError(str(error)) from error
    lines: list[tuple[ShotOrder, Quote]] = []
    refused: list[str] = []
    files = files_for(shots)
    for shot in shots:
        try:
            order = takes.plan(shot, model=slug, files=files)
            # An estimate asks for less than an order: what is missing for the order is found here.
            validate(order.spec, order.values)
            quote = takes.estimate(order)
            lines += [(each, quote) for each in _counted_up(order, count)]
        except InvalidArgumentsError as error:
            refused.append(f"{_place(shot)}, {error.slug}: {' '.join(error.errors.values())}")
        except (UnknownModelError, UnknownPriceError, TakeRefusedError) as error:
            refused.append(f"{_place(shot)}: {error}")
    if refused:
        more = f" And {len(refused) - SHOWN} more." if len(refused) > SHOWN else ""
        raise CommandError(f"{' '.join(refused[:SHOWN])}{more} Nothing was ordered.")
    return lines


def _counted_up(order: ShotOrder, count: int) -> list[ShotOrder]:
    """The order so many times. A seed of the shot's counts up, or all would be the same picture."""
    seed = order.values.get("seed")
    if seed is None:
        return [order] * count
    return [replace(order, values={**order.values, "seed": seed + index}) for index in range(count)]


def _place(shot: Shot) -> str:
    return f"Scene {shot.scene.number}, shot {shot.number}"


def _takes(number: int) -> str:
    return "1 take" if number == 1 else f"{number} takes"
