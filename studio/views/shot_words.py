"""The prompt and length of a shot, changed on its card."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from studio import storyboard
from studio.forms.board import ShotWordsForm
from studio.models import Role, Shot
from studio.permissions import shot_for
from studio.shot_words import ChangedMeanwhileError, rewrite, words_key
from studio.views.board_frames import card_frame, summary_frame


@require_http_methods(["GET", "POST"])
def shot_words(request: HttpRequest, slug: str, shot_id: int) -> HttpResponseBase:
    """The card as a form, and the card again when it is saved; without htmx the page that edits the whole shot.

    422 with what is wrong; 409 when somebody else has changed the shot, with what it says now.
    """
    shot = shot_for(request.user, slug, shot_id, Role.ARTIST)
    if request.headers.get("HX-Request") != "true":
        return redirect("studio:shot-edit", slug, shot_id)
    if request.method == "GET":
        return _form(request, shot, ShotWordsForm(instance=shot, initial={"seen": words_key(shot)}))
    form = ShotWordsForm(request.POST, instance=Shot.objects.get(pk=shot.pk))
    form.instance.scene = shot.scene
    if not form.is_valid():
        return _form(request, shot, form, status=422)
    words = {name: form.cleaned_data[name] for name in ("prompt", "seconds")}
    try:
        rewrite(shot, request.user, words, seen=form.cleaned_data["seen"])
    except ChangedMeanwhileError:
        return _form(request, shot, _again(request, shot), status=409, is_conflict=True)
    return _card(request, shot_for(request.user, slug, shot_id, Role.ARTIST))


def _again(request: HttpRequest, shot: Shot) -> ShotWordsForm:
    """What was typed, to be sent over what the shot says now."""
    data = request.POST.copy()
    data["seen"] = words_key(shot)
    return ShotWordsForm(data, instance=shot)


def _form(
    request: HttpRequest, shot: Shot, form: ShotWordsForm, *, status: int = 200, is_conflict: bool = False
) -> HttpResponse:
    context = card_frame(request, shot.scene.project) | {
        "shot": shot,
        "form": form,
        "card": storyboard.shot_card(shot),
        "is_conflict": is_conflict,
    }
    return render(request, "studio/board/words.html", context, status=status)


def _card(request: HttpRequest, shot: Shot) -> HttpResponse:
    project = shot.scene.project
    context = card_frame(request, project) | summary_frame(project)
    context |= {"progress": storyboard.progress(project), "card": storyboard.shot_card(shot)}
    return render(request, "studio/project_detail.html#shot-card-answer", context)
