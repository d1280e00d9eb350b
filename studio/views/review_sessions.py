"""What waits to be reviewed across projects, and where a review session begins."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from studio.models import Project, Scene, Take
from studio.permissions import project_for, reviewed_projects, scene_for
from studio.review.inbox import inbox_page, to_review
from studio.review.sessions import Reel, begin, reel
from studio.views.following import followed
from studio.views.frames import frame
from studio.views.review_frames import INBOX, Run

UNCIRCLED = "uncircled"


@require_GET
def review_inbox(request: HttpRequest) -> HttpResponse:
    """The finished takes of all projects that this person has not judged, the newest first."""
    user: Any = request.user  # Somebody signed in: the middleware has seen to that.
    projects = reviewed_projects(user)
    slug = request.GET.get("project", "")
    slug = slug if slug in {each.slug for each in projects} else ""
    is_narrow = request.GET.get("show") == UNCIRCLED
    waiting = to_review(user, slug, only_uncircled=is_narrow)
    context = {
        "section": "review",
        "page": inbox_page(waiting, _before(request)),
        "is_begun": _before(request) is not None,
        "number": waiting.count(),
        "projects": projects,
        "chosen": slug,
        "is_narrow": is_narrow,
        "filters": _filters(request, slug, is_narrow=is_narrow),
        "run": Run(INBOX),
    }
    return followed(request, "studio/review/inbox.html", context)


@require_GET
def inbox_session(request: HttpRequest) -> HttpResponse:
    """Begin with the newest take that waits; where none does, the list says so."""
    user: Any = request.user
    first = to_review(user).select_related("shot__scene__project").first()
    return redirect(Run(INBOX).address(first)) if first else redirect("studio:review-inbox")


@require_GET
def project_review(request: HttpRequest, slug: str) -> HttpResponse:
    """The sessions of a project: of the whole film and of each scene. `run` begins one."""
    project = project_for(request.user, slug)
    if (which := request.GET.get("run", "")) in set(Reel):
        return _begin(request, project, Reel(which))
    ids = reel(project, Reel.LATEST, request.user)
    scenes: dict[int, int] = {}
    for scene_id in Take.objects.filter(pk__in=ids).values_list("shot__scene_id", flat=True):
        scenes[scene_id] = scenes.get(scene_id, 0) + 1
    found = Scene.objects.filter(project=project).order_by("position")
    context = frame(request, project, "project-review") | {
        "reels": [(each, len(reel(project, each, request.user))) for each in Reel],
        "scenes": [(scene, scenes[scene.pk]) for scene in found if scene.pk in scenes],
    }
    return render(request, "studio/review/sessions.html", context)


@require_GET
def scene_review(request: HttpRequest, slug: str, scene_id: int) -> HttpResponse:
    """Begin a session of one scene; `run` says with which takes."""
    scene = scene_for(request.user, slug, scene_id)
    which = request.GET.get("run", "")
    return _begin(request, scene.project, Reel(which) if which in set(Reel) else Reel.LATEST, scene)


def _begin(request: HttpRequest, project: Project, which: Reel, scene: Scene | None = None) -> HttpResponse:
    first = begin(reel(project, which, request.user, scene), which, request.user)
    if first is None:
        return redirect("studio:project-review", project.slug)
    run = Run(which.value, scene.pk if scene else None)
    return redirect(reverse("studio:take-review", args=[project.slug, first]) + run.query)


def _before(request: HttpRequest) -> int | None:
    text = request.GET.get("before", "")
    return int(text) if text.isdecimal() and len(text) < 18 else None


def _filters(request: HttpRequest, slug: str, *, is_narrow: bool) -> list[dict[str, Any]]:
    """Which takes the list shows, as links that keep the project."""
    begin = f"?project={slug}" if slug else "?"
    join = "&" if slug else ""
    return [
        {"label": "All takes", "url": begin, "is_current": not is_narrow},
        {
            "label": "Shots without a circled take",
            "url": f"{begin}{join}show={UNCIRCLED}",
            "is_current": is_narrow,
        },
    ]
