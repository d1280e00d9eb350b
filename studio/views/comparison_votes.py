"""Voting on takes without names, and showing the names."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from studio.comparison import ballots
from studio.comparison.ballots import Kind, VoteRefusedError
from studio.models import Comparison, Role
from studio.permissions import comparison_for
from studio.plans import TakeRefusedError
from studio.views.comparisons import TAB
from studio.views.frames import frame

TIE = "tie"


@require_http_methods(["GET", "POST"])
def comparison_vote(request: HttpRequest, slug: str, comparison_id: int) -> HttpResponse:
    """Two takes of a prompt, or (`of=rows`) all of them: which is better? `choice` is its key, or “tie”."""
    comparison = comparison_for(request.user, slug, comparison_id, Role.REVIEWER)
    kind = Kind.ROWS if request.GET.get("of") == Kind.ROWS else Kind.PAIRS
    if not comparison.is_hidden:
        return _closed(request, comparison)
    if request.method == "GET":
        return _ask(request, comparison, kind)
    user: Any = request.user
    try:
        ballots.cast(comparison, user, request.POST.get("asked", ""), _choice(request))
    except VoteRefusedError as error:
        # It may have been the reveal of somebody else that came first.
        comparison.refresh_from_db(fields=["revealed_at"])
        return (
            _closed(request, comparison)
            if not comparison.is_hidden
            else _ask(request, comparison, kind, str(error))
        )
    return redirect(f"{_address(comparison)}?of={kind}")


def _choice(request: HttpRequest) -> uuid.UUID | None:
    text = request.POST.get("choice", "")
    if text == TIE:
        return None
    try:
        return uuid.UUID(text)
    except ValueError:
        raise VoteRefusedError(
            "Choose one of the takes, or say that they are as good as each other."
        ) from None


def _closed(request: HttpRequest, comparison: Comparison) -> HttpResponse:
    """A vote that came after the reveal is answered with 409 and not counted; who only looks is led to the matrix."""
    words = (
        ballots.CLOSED
        if comparison.is_blind
        else "The names of this comparison are not hidden, so nobody votes."
    )
    if request.method == "POST":
        context = frame(request, comparison.project, TAB) | {"comparison": comparison, "notice": words}
        return render(request, "studio/comparison/vote.html", context, status=409)
    messages.info(request, words)
    return redirect(comparison)


def _ask(request: HttpRequest, comparison: Comparison, kind: Kind, notice: str = "") -> HttpResponse:
    home = _address(comparison)
    context = frame(request, comparison.project, TAB) | {
        "comparison": comparison,
        "ratio": comparison.asked["aspect_ratio"],
        "question": ballots.next_question(comparison, request.user, kind),
        "kind": kind,
        "kinds": [
            {"label": "Two at a time", "url": f"{home}?of=pairs", "is_current": kind == Kind.PAIRS},
            {"label": "Whole rows", "url": f"{home}?of=rows", "is_current": kind == Kind.ROWS},
        ],
        "notice": notice,
    }
    return render(request, "studio/comparison/vote.html", context, status=409 if notice else 200)


def _address(comparison: Comparison) -> str:
    return reverse("studio:comparison-vote", args=[comparison.project.slug, comparison.pk])


@require_POST
def comparison_reveal(request: HttpRequest, slug: str, comparison_id: int) -> HttpResponse:
    """Show the names, for everybody and for good."""
    comparison = comparison_for(request.user, slug, comparison_id, Role.ARTIST)
    try:
        if ballots.reveal(comparison, request.user):
            messages.success(request, "The names are shown. Votes are counted as they stand.")
        else:
            messages.info(request, "The names are shown already.")
    except TakeRefusedError as error:
        messages.error(request, str(error))
    return redirect(comparison)
