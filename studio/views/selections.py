"""What is done with the shots that are ticked on the storyboard."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from generation.catalogue import catalogue
from studio import selections
from studio.forms.board import ModelForm, SelectionForm
from studio.models import Project, Role, Shot
from studio.permissions import project_for, scene_for
from studio.selections import Outcome
from studio.views.board_frames import board_answer

MOST_NAMED = 6
"""So many shots are named in a message; of more there is their number."""


_PAGES = {"generate": "studio:project-generate", "compare": "studio:comparison-create"}
"""Deeds that a page of their own goes on with."""


@require_POST
def board_selection(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Do what the pressed button says (`deed`) with all chosen shots, in one go, and say what was left out and why."""
    project = project_for(request.user, slug, Role.ARTIST)
    form = SelectionForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(map(str, form.non_field_errors())))
        return board_answer(request, project, status=422)
    chosen: set[int] = form.cleaned_data["shots"]
    deed = request.POST.get("deed", "")
    if page := _PAGES.get(deed):
        named = ",".join(map(str, sorted(chosen)))
        return redirect(f"{reverse(page, args=[slug])}?shots={named}")
    if not _do(request, project, deed, chosen):
        messages.error(request, "Nothing was changed: choose what to do with the shots, then press again.")
        return board_answer(request, project, status=422)
    return board_answer(request, project)


def _do(request: HttpRequest, project: Project, deed: str, chosen: set[int]) -> bool:
    """Do it and say so; False when the form does not say what."""
    by = request.user
    if deed == "archive":
        _tell(request, selections.archive(project, chosen, by), "archived. Takes and money stay on record")
    elif deed == "restore":
        _tell(request, selections.restore(project, chosen, by), "back on the board")
    elif deed == "model":
        form = ModelForm(request.POST)
        if not form.is_valid():
            return False
        model = form.cleaned_data["model"]
        name = catalogue().find(model or project.video_model).name
        _tell(request, selections.change_model(project, chosen, model, by), f"made by {name} from now on")
    elif deed == "scene" and request.POST.get("scene", "").isdecimal():
        scene = scene_for(by, project.slug, int(request.POST["scene"][:9]), Role.ARTIST)
        _tell(request, selections.move_to(project, chosen, scene, by), f"at the end of scene {scene.number}")
    else:
        return False
    return True


def _tell(request: HttpRequest, outcome: Outcome, what: str) -> None:
    if outcome.done:
        is_one = len(outcome.done) == 1
        count = f"Shot {outcome.done[0].label} is" if is_one else f"{len(outcome.done)} shots are"
        messages.success(request, f"{count} {what}.{_new_numbers(outcome)}")
    else:
        messages.warning(request, "Nothing was changed.")
    for reason, shots in _by_reason(outcome).items():
        messages.warning(request, f"Left out: {_named(shots)}. {reason}")


def _new_numbers(outcome: Outcome) -> str:
    found = [f"{old} is {new} now" for old, new in outcome.renumbered.items()]
    if not found:
        return ""
    more = f", and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    return f" Numbers that were taken there have changed: {', '.join(found[:MOST_NAMED])}{more}."


def _by_reason(outcome: Outcome) -> dict[str, list[Shot]]:
    found: dict[str, list[Shot]] = {}
    for shot, reason in outcome.left_out:
        found.setdefault(reason, []).append(shot)
    return found


def _named(shots: Sequence[Shot]) -> str:
    named = ", ".join(shot.label for shot in shots[:MOST_NAMED])
    more = f" and {len(shots) - MOST_NAMED} more" if len(shots) > MOST_NAMED else ""
    return f"{'shot' if len(shots) == 1 else 'shots'} {named}{more}"
