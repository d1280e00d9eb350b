"""The history of a shot's words: what changed between two versions, and one brought back."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from studio import prompts, word_diff
from studio.models import PromptVersion, Role
from studio.permissions import shot_for
from studio.views.shot_frames import shot_frame


@require_GET
def prompt_history(request: HttpRequest, slug: str, shot_id: int) -> HttpResponse:
    """Every wording of a shot; `from` and `to` are the numbers of the two that are compared, else the last two."""
    shot = shot_for(request.user, slug, shot_id)
    versions = prompts.versions(shot)
    new = _numbered(versions, request.GET.get("to", "")) or versions[0]
    old = _numbered(versions, request.GET.get("from", "")) or _before(versions, new)
    context = shot_frame(request, shot) | {
        "versions": versions,
        "current": versions[0],
        "old": old,
        "new": new,
        "prompt_pieces": word_diff.pieces(old.prompt, new.prompt),
        "negative_pieces": word_diff.pieces(old.negative_prompt, new.negative_prompt),
    }
    return render(request, "studio/prompt_history.html", context)


@require_POST
def prompt_restore(request: HttpRequest, slug: str, shot_id: int, number: int) -> HttpResponse:
    """Let a shot say again what it said in a version."""
    shot = shot_for(request.user, slug, shot_id, Role.ARTIST)
    version = get_object_or_404(PromptVersion, shot=shot, number=number)
    if prompts.restore(shot, version, request.user):
        messages.success(request, f"Shot {shot.label} says what it said in version {number} again.")
    else:
        messages.info(request, f"Shot {shot.label} says just that already; nothing was changed.")
    return redirect(shot)


def _numbered(versions: Sequence[PromptVersion], word: str) -> PromptVersion | None:
    return next((each for each in versions if str(each.number) == word), None)


def _before(versions: Sequence[PromptVersion], version: PromptVersion) -> PromptVersion:
    """The one before it; the first stands for itself."""
    return _numbered(versions, str(version.number - 1)) or version
