"""What a storyboard needs around its cards: its filter with counts, what is kept of it, how dense it is drawn."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render

from billing.budgets import Availability, available_for
from generation.catalogue import catalogue
from studio import strips, waiting
from studio.batches import batch_for
from studio.board_filters import BoardFilter, Choices
from studio.forms.fields import MODE_LABELS, model_choices
from studio.models import Project, SavedFilter
from studio.storyboard import Stage
from studio.strips import Storyboard
from studio.templatetags.pictures import frame_class
from studio.views.frames import Tab, frame

DENSITY_COOKIE = "density"


class Density(StrEnum):
    """How much of a board fits on a screen."""

    LARGE = "large"
    MEDIUM = "medium"
    SMALL = "small"

    @property
    def label(self) -> str:
        return self.capitalize()


@dataclass(frozen=True)
class Chip:
    """A part of the filter that is set; `url` leads to the board without it."""

    label: str
    url: str


def density_of(request: HttpRequest) -> Density:
    """How this person has the boards drawn; a cookie remembers it."""
    chosen = request.COOKIES.get(DENSITY_COOKIE)
    return next((each for each in Density if each == chosen), Density.MEDIUM)


def address(project: Project, chosen: BoardFilter) -> str:
    """Where a board with this filter is."""
    home = project.get_absolute_url()
    return f"{home}?{chosen.query}" if chosen.query else home


def card_frame(request: HttpRequest, project: Project) -> dict[str, Any]:
    """The context of a card."""
    return frame(request, project, "project-detail") | {
        "home": project.get_absolute_url(),
        "shape": frame_class(project.aspect_ratio),
    }


def summary_frame(project: Project) -> dict[str, Any]:
    """The context of the summary, beside how far the project is."""
    return {"project": project, "money": money_of(project), "provider_notices": waiting.notices()}


def money_of(project: Project) -> Availability | None:
    """The state of the project's budget; None without one."""
    return available_for([project.account]).get(project.account_id)


def board_frame(
    request: HttpRequest, board: Storyboard, chosen: BoardFilter, money: Availability | None
) -> dict[str, Any]:
    """The context of the board and of the page around it."""
    project = board.project
    batch = batch_for(board.needing)
    return (
        card_frame(request, project)
        | {
            "progress": board.progress,
            "money": money,
            "provider_notices": waiting.notices(),
            "rows": [(row, batch.only(row.needing)) for row in board.rows],
            "batch": batch,
            "scenes": board.scenes,
            "chosen": chosen,
            "choices": board.choices,
            "density": density_of(request),
            "densities": list(Density),
            "stages": _stages(project, chosen, board.choices),
            "board_url": address(project, chosen),
            "seen": board.fingerprint(money),
            "is_whole": board.is_whole,
            "has_shots": bool(board.marks) or bool(board.choices.archived),
        }
        | _filter_frame(request.user, project, chosen, board.choices)
    )


def board_answer(request: HttpRequest, project: Project, *, status: int = 200) -> HttpResponseBase:
    """After a deed on the board: the board anew with its messages, or the way back to it without scripts.

    The form's `board` is the filter that it was shown with, its `drawn` are the strips that were drawn.
    """
    chosen = BoardFilter.read(QueryDict(request.POST.get("board", "")))
    if request.headers.get("HX-Request") != "true":
        return redirect(address(project, chosen))
    board = strips.storyboard(project, chosen, request.POST.getlist("drawn"))
    context = board_frame(request, board, chosen, money_of(project))
    return render(request, "studio/project_detail.html#board-answer", context, status=status)


def _stages(project: Project, chosen: BoardFilter, counted: Choices) -> list[Tab]:
    every = Tab("All", address(project, replace(chosen, stage=None)), chosen.stage is None, counted.all)
    return [every] + [
        Tab(each.label, address(project, replace(chosen, stage=each)), chosen.stage == each, number)
        for each in Stage
        if (number := counted.stages[each]) or chosen.stage == each
    ]


def _filter_frame(user: Any, project: Project, chosen: BoardFilter, counted: Choices) -> dict[str, Any]:
    names = _names(counted)
    return {
        "models": [
            (slug, _model_name(slug), number)
            for slug, number in sorted(counted.models.items(), key=lambda each: _model_name(each[0]).lower())
        ],
        "people": [(pk, name, counted.members[pk]) for pk, name in names.items() if counted.members[pk]],
        "chips": _chips(project, chosen, names),
        "saved_filters": list(SavedFilter.objects.filter(project=project, user=user)),
        "all_models": model_choices(MODE_LABELS),
    }


def _names(counted: Choices) -> dict[int, str]:
    """Who has a take on this board, by id. Nobody else is named, whatever the address asks for."""
    people = get_user_model().objects.filter(pk__in=counted.people).order_by("username")
    return dict(people.values_list("pk", "username")) if counted.people else {}


def _chips(project: Project, chosen: BoardFilter, names: Mapping[int, str]) -> list[Chip]:
    said: dict[str, tuple[str, Any]] = {
        "model": (_model_name(chosen.model), ""),
        "member": (names.get(chosen.member, "Somebody else"), 0),
        "uncircled": ("No circled take", False),
        "over": ("Over its estimate", False),
        "archived": ("Archived", False),
    }
    return [
        Chip(label, address(project, replace(chosen, **{name: blank})))
        for name, (label, blank) in said.items()
        if getattr(chosen, name)
    ]


def _model_name(slug: str) -> str:
    spec = catalogue().models.get(slug)
    return spec.name if spec else slug
