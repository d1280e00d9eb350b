"""`python manage.py compare_models PROJECT`: the same prompts on several models, from the shell."""

import json
import secrets
from argparse import ArgumentParser
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from billing.console import OneLineCommand
from billing.errors import BudgetExceededError, NoBudgetError
from billing.money import format_usd
from generation.alone import work_until_done
from generation.catalogue import InvalidArgumentsError, UnknownModelError, catalogue
from generation.health import has_worker
from generation.orders import OrderRefusedError
from generation.pricing import UnknownPriceError
from generation.providers import is_mocked
from studio import budget_words
from studio.comparison import ordering, prompts
from studio.comparison.material import Choices, Reading, read
from studio.comparison.matrix import Matrix, matrix_of
from studio.comparison.planning import Plan, UnequalError, Wanted, plan
from studio.comparison.prompts import PromptsError, Row
from studio.comparison.report import ModelReport
from studio.comparison.report_files import as_json
from studio.comparison.terms import Terms
from studio.management.commands.generate import find_project
from studio.models import Comparison, Project
from studio.models.comparison import MOST_REPEATS
from studio.plans import TakeRefusedError
from studio.progress import ProgressBars

LARGEST_SEED = 2**31 - 1 - MOST_REPEATS


class Command(OneLineCommand):
    help = (
        "Order the same prompts on two to eight models of one mode, whole or not at all. With --wait it needs no "
        "worker: it does the work itself, and says what came of each model."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project", help="the project's slug")
        parser.add_argument("--models", metavar="A,B,C", required=True, help="slugs, endpoints or aliases")
        words = parser.add_mutually_exclusive_group()
        words.add_argument(
            "--prompt-set", metavar="NAME", help="a set of the project, or “asmr” (the default)"
        )
        words.add_argument("--prompts", metavar="FILE", help="a text file, one prompt a paragraph")
        parser.add_argument("--name", help="what the comparison is called")
        parser.add_argument("--repeats", metavar="N", default="1", help="takes of each prompt and model (1)")
        parser.add_argument("--seconds", metavar="S", default="5", help="length of each clip (5)")
        parser.add_argument("--aspect-ratio", metavar="W:H", help="instead of the project's")
        parser.add_argument("--resolution", default="", help="such as 720p, instead of each model's own")
        parser.add_argument("--seed", metavar="N", help="instead of one drawn by lot")
        parser.add_argument(
            "--blind", action="store_true", help="hide the names until they are shown on the page"
        )
        parser.add_argument("--wait", action="store_true", help="wait until all have ended")
        parser.add_argument("--json", metavar="FILE", help="write what came of it there; “-” is stdout")

    def handle(self, *, project: str, wait: bool, **options: Any) -> None:
        self.is_json = options["json"] == "-"
        chosen = find_project(project)
        planned = self._plan(chosen, options)
        if options["blind"] and options["json"]:
            raise CommandError(
                "--json names the models, and --blind hides them. Leave one out; once the names are shown, the page of "
                "the report gives the same file."
            )
        _refuse_unwritable(options["json"])
        comparison = self._order(chosen, planned)
        if wait:
            self._wait(comparison)
        matrix = self._report(comparison, options["json"], is_over=wait)
        if not wait:
            if not has_worker():
                self._say(
                    "No worker is running, so nothing happens to them until one does. --wait works alone."
                )
            return
        if lacking := matrix.total - matrix.arrived:
            raise CommandError(
                f"{lacking} of {matrix.total} takes did not arrive. The page of the comparison says why, and orders "
                "them again."
            )

    def _plan(self, project: Project, options: dict[str, Any]) -> Plan:
        models = [word.strip() for word in options["models"].split(",") if word.strip()]
        try:
            mode = catalogue().find(models[0]).mode if models else ""
            wanted = Wanted(
                project=project,
                name=options["name"] or f"From the shell, {timezone.localtime():%Y-%m-%d %H:%M}",
                mode=mode,
                rows=_rows(project, options),
                models=models,
                terms=_terms(project, mode, options),
                repeats=_number("--repeats", options["repeats"], 1, MOST_REPEATS),
                is_blind=options["blind"],
            )
            planned = plan(wanted)
        except (UnknownModelError, UnequalError, PromptsError) as error:
            raise CommandError(f"{error} Nothing was ordered.") from error
        if planned.problems:
            more = f" And {len(planned.problems) - 3} more." if len(planned.problems) > 3 else ""
            raise CommandError(f"{' '.join(planned.problems[:3])}{more} Nothing was ordered.")
        return planned

    def _order(self, project: Project, planned: Plan) -> Comparison:
        """Order it and say what it costs."""
        try:
            comparison = ordering.order(planned, None)
        except (BudgetExceededError, NoBudgetError) as error:
            words = budget_words.refusal(project, planned.count_words, planned.wishes, None, error)
            raise CommandError(words) from error
        except (OrderRefusedError, UnknownPriceError, InvalidArgumentsError, TakeRefusedError) as error:
            raise CommandError(f"{error} Nothing was ordered.") from error
        for column in planned.columns:
            differences = f"  {' '.join(column.fit.differences)}" if column.fit.differences else ""
            self._say(f"{column.fit.spec.slug}  {format_usd(column.total)}{differences}")
        self._say(
            f"{planned.count_words} ordered for {format_usd(planned.total)}: {comparison.get_absolute_url()}"
        )
        if any(is_mocked(each.spec.provider) for each in planned.fits):
            self._say(
                "The mock provider plays what has no key: no call leaves, and nothing is really billed."
            )
        return comparison

    def _wait(self, comparison: Comparison) -> None:
        ids = list(comparison.cells.values_list("attempts__generation", flat=True))
        names = {each.model: f"Model {each.letter}" for each in comparison.columns.all()}
        progress = ProgressBars(self.stderr, names if comparison.is_hidden else {})
        try:
            work_until_done(ids, progress.show)
        except KeyboardInterrupt:
            progress.finish()
            raise CommandError(
                "Stopped waiting. Nothing is lost: what is in flight goes on when a worker runs, and the page of the "
                "comparison fills.",
                returncode=130,
            ) from None
        progress.finish()

    def _report(self, comparison: Comparison, target: str | None, *, is_over: bool) -> Matrix:
        """Say what came of each model, and write the report; nothing of that while names are hidden."""
        kept = Comparison.objects.select_related("project__account").get(pk=comparison.pk)
        if kept.is_hidden:
            return matrix_of(kept)
        reading = read(kept, Choices())
        for each in reading.report.models if is_over else ():
            self._say(_line(each))
        if target is not None:
            self._write(reading, target)
        return reading.matrix

    def _write(self, reading: Reading, target: str) -> None:
        text = json.dumps(as_json(reading.report), ensure_ascii=False, indent=2)
        if self.is_json:
            self.stdout.write(text)
            return
        try:
            Path(target).write_text(f"{text}\n", encoding="utf-8")
        except OSError as error:
            raise CommandError(
                f"{target} cannot be written: {error.strerror}. The takes are ordered."
            ) from error

    def _say(self, text: str) -> None:
        if not self.is_json:
            self.stdout.write(text)


def _refuse_unwritable(target: str | None) -> None:
    """Before anything is ordered."""
    if target in (None, "-"):
        return
    try:
        with Path(str(target)).open("a", encoding="utf-8"):
            pass
    except OSError as error:
        raise CommandError(f"{target} cannot be written: {error.strerror}. Nothing was ordered.") from error


def _line(model: ModelReport) -> str:
    """One model: how many came, what they cost, how long they took."""
    facts = model.facts
    median = f", median {facts.run.median} s" if facts.run else ""
    return f"{model.model}  {facts.succeeded} of {facts.jobs} arrived  {format_usd(facts.charged)}{median}"


def _rows(project: Project, options: dict[str, Any]) -> list[Row]:
    path = options["prompts"]
    if path is None:
        return list(prompts.find_set(project, options["prompt_set"] or prompts.SHIPPED).rows)
    try:
        return prompts.typed(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{path} is not text in UTF-8. Save it as that.") from error


def _terms(project: Project, mode: str, options: dict[str, Any]) -> Terms:
    is_clip = mode.endswith("video")
    seed = options["seed"]
    return Terms(
        seconds=_seconds(options["seconds"]) if is_clip else None,
        aspect_ratio=_shape(options["aspect_ratio"] or project.aspect_ratio),
        resolution=options["resolution"],
        seed=secrets.randbelow(LARGEST_SEED) if seed is None else _number("--seed", seed, 0, LARGEST_SEED),
    )


def _shape(text: str) -> str:
    width, _, height = text.partition(":")
    if all(each.isascii() and each.isdecimal() and 1 <= int(each) <= 100 for each in (width, height)):
        return text
    raise CommandError(f"--aspect-ratio is a width and a height such as 9:16, not “{text}”.")


def _seconds(text: str) -> Decimal:
    try:
        seconds = Decimal(text)
    except InvalidOperation:
        seconds = Decimal(0)
    if not Decimal(1) <= seconds <= Decimal(60):
        raise CommandError(f"--seconds must be a number from 1 to 60, not “{text}”.")
    return seconds


def _number(option: str, text: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 11 and least <= int(text) <= most):
        raise CommandError(f"{option} must be a whole number from {least} to {most}, not “{text}”.")
    return int(text)
