"""Who did what: in a project, and in one shot."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from studio import activity_lines
from studio.forms.activity import ActivityForm
from studio.permissions import project_for, shot_for
from studio.views.frames import frame
from studio.views.keysets import number_in
from studio.views.shot_frames import is_fragment


@require_GET
@vary_on_headers("HX-Request")
def project_activity(request: HttpRequest, slug: str) -> HttpResponse:
    """What was done in a project, newest first; `?who=`, `deed=`, `place=`, `batch=` choose, `before=` goes on."""
    project = project_for(request.user, slug)
    form = ActivityForm(project, request.GET)
    days = activity_lines.of_project(project, form.chosen, before=number_in(request, "before"))
    context = frame(request, project, "project-activity") | {"form": form, "days": days}
    part = "#lines" if is_fragment(request) else ""
    return render(request, f"studio/project_activity.html{part}", context)


@require_GET
def shot_activity(request: HttpRequest, slug: str, shot_id: int) -> HttpResponse:
    """The newest deeds of a shot (a fragment); without scripts, the page of the project for this shot."""
    shot = shot_for(request.user, slug, shot_id)
    if not is_fragment(request):
        return redirect(f"{reverse('studio:project-activity', args=[slug])}?place=shot-{shot.pk}")
    context = {"project": shot.scene.project, "shot": shot, "days": activity_lines.of_shot(shot)}
    return render(request, "studio/shot_activity.html#lines", context)
