"""Files that people bring along: taken in, several at a time, and put to use."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat
from django.views.decorators.http import require_http_methods

from generation.catalogue import UnknownModelError
from generation.media import BrokenMediaError
from generation.storage import FileRefusedError
from studio import takes, upload_uses
from studio.library import search
from studio.library.cards import cards
from studio.models import LibraryItem, Project, Role, Upload
from studio.permissions import project_for, projects_of, shot_for, upload_for
from studio.takes import TakeRefusedError
from studio.uploads import receive_upload
from studio.views.frames import frame
from studio.views.shot_frames import is_fragment

LONGEST_ID = 18
"""Digits. A longer id is none that a database gives."""


@dataclass(frozen=True)
class Arrival:
    """What became of one file: kept, or refused with the `problem`."""

    name: str
    upload: Upload | None = None
    problem: str = ""


@require_http_methods(["GET", "HEAD", "POST"])
def project_uploads(request: HttpRequest, slug: str) -> HttpResponse:
    """The files that were uploaded to a project, and taking in more of them (`files`)."""
    if request.method == "POST":
        project = project_for(request.user, slug, Role.ARTIST)
        return _answer(request, project, redirect("studio:project-uploads", slug))
    project = project_for(request.user, slug)
    wish = search.Wish(project=slug, state=search.State.UPLOADED)
    chosen = search.found(LibraryItem.objects.filter(project=project), wish)
    page = search.page(chosen, wish, None)
    context = frame(request, project, "project-uploads") | _limits()
    return render(
        request, "studio/uploads.html", context | {"cards": cards(page.items), "has_more": page.following}
    )


@require_http_methods(["GET", "HEAD", "POST"])
def library_upload(request: HttpRequest) -> HttpResponse:
    """Taking in files to the project that the form names."""
    if request.method == "POST":
        project = project_for(request.user, request.POST.get("project", ""), Role.ARTIST)
        return _answer(request, project, redirect(f"/library/?project={project.slug}&state=uploaded"))
    projects = projects_of(request.user, Role.ARTIST).order_by("name")
    context = {"projects": projects, "wanted": request.GET.get("project", ""), "section": "library"}
    return render(request, "studio/library_upload.html", context | _limits())


@require_http_methods(["GET", "HEAD", "POST"])
def upload_use(request: HttpRequest, slug: str, upload_id: int) -> HttpResponse:
    """An uploaded file, and making it a take of a shot or what the shot starts from."""
    upload = upload_for(
        request.user, slug, upload_id, Role.ARTIST if request.method == "POST" else Role.VIEWER
    )
    problem, status = "", 200
    if request.method == "POST":
        try:
            return redirect(_used(request, slug, upload))
        except (TakeRefusedError, UnknownModelError) as error:
            problem, status = str(error), 422
    item = search.page(LibraryItem.objects.filter(upload=upload), search.Wish(), None).items
    context = frame(request, upload.project, "project-uploads") | {
        "card": cards(item)[0],
        "scenes": upload_uses.shots_by_scene(upload.project),
        "problem": problem,
        "chosen": request.POST.get("shot", request.GET.get("shot", "")),
        "as_input": request.POST.get("as") == "input",
    }
    return render(request, "studio/upload_use.html", context, status=status)


def _used(request: HttpRequest, slug: str, upload: Upload) -> str:
    """Do what the form asks; where to look at it then. Raises TakeRefusedError."""
    number = request.POST.get("shot", "")
    if not number.isdecimal() or len(number) > LONGEST_ID:
        raise TakeRefusedError("Choose a shot first.")
    shot = shot_for(request.user, slug, int(number), Role.ARTIST)
    if request.POST.get("as") == "input":
        label = upload_uses.start_from(shot, upload, request.user)
        messages.success(request, f"{shot} starts from “{upload.name}” now ({label.lower()}).")
        return shot.get_absolute_url()
    take = takes.use_upload(shot, upload, request.user)
    messages.success(request, f"“{upload.name}” is take {take.number} of this shot.")
    return f"{shot.get_absolute_url()}?take={take.number}"


def _answer(request: HttpRequest, project: Project, back: HttpResponse) -> HttpResponse:
    """Take in each file by itself: one that is refused leaves the others alone."""
    arrivals = [_taken_in(project, file, request.user) for file in request.FILES.getlist("files")]
    kept = [each for each in arrivals if each.upload]
    if is_fragment(request):
        context = {"arrivals": arrivals, "project": project}
        return render(request, "studio/uploads.html#arrivals", context, status=200 if kept else 422)
    if not arrivals:
        messages.error(request, "Choose a file first: a picture, a clip or a sound.")
    if kept:
        messages.success(request, f"{len(kept)} file{'s are' if len(kept) > 1 else ' is'} uploaded.")
    for each in arrivals:
        if each.problem:
            messages.error(request, f"“{each.name}” was not taken. {each.problem}")
    return back


def _taken_in(project: Project, file: UploadedFile, by: Any) -> Arrival:
    name = file.name or "file"
    try:
        return Arrival(name, upload=receive_upload(project, file, by))
    except (FileRefusedError, BrokenMediaError) as error:
        return Arrival(name, problem=str(error))


def _limits() -> dict[str, Any]:
    return {"most_bytes": settings.MAX_UPLOAD_BYTES, "most_words": filesizeformat(settings.MAX_UPLOAD_BYTES)}
