"""Shots of the script: a new one, its words, its place, its end. (The page of one shot is elsewhere.)"""

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from studio import outline
from studio.forms.script import ShotForm
from studio.models import Role
from studio.permissions import scene_for, shot_for
from studio.views.frames import frame
from studio.views.places import to_place


@require_http_methods(["GET", "POST"])
def shot_create(request: HttpRequest, slug: str, scene_id: int) -> HttpResponse:
    """Add a shot at the end of a scene; "another" goes on with the next one."""
    scene = scene_for(request.user, slug, scene_id, Role.ARTIST)
    form = ShotForm(request.POST if request.method == "POST" else None, scene=scene)
    if request.method == "POST" and form.is_valid():
        try:
            shot = outline.add_shot(scene, request.user, **form.cleaned_data)
        except IntegrityError:
            form.add_error("number", "This number has just been taken. Choose another.")
        else:
            messages.success(request, f"Shot {shot.label} is added.")
            return (
                redirect("studio:shot-create", slug, scene_id)
                if "another" in request.POST
                else redirect(shot)
            )
    context = frame(request, scene.project, "project-detail") | {
        "form": form,
        "scene": scene,
        "title": f"New shot in scene {scene.number}",
    }
    return render(request, "studio/shot_form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def shot_edit(request: HttpRequest, slug: str, shot_id: int) -> HttpResponse:
    """Change what a shot is; takes that were ordered keep what they were ordered with."""
    shot = shot_for(request.user, slug, shot_id, Role.ARTIST)
    form = ShotForm(request.POST if request.method == "POST" else None, instance=shot, scene=shot.scene)
    if request.method == "POST" and form.is_valid():
        outline.change(form.save(commit=False), request.user, form.changed_data)
        messages.success(request, f"Shot {shot.label} is saved.")
        return redirect(shot)
    generations = outline.generations_of(shot)
    context = frame(request, shot.scene.project, "project-detail") | {
        "form": form,
        "scene": shot.scene,
        "shot": shot,
        "title": f"Shot {shot.scene.number} / {form.initial['number']}",
        "upload_count": shot.takes.filter(upload__isnull=False).count(),
        "why_kept": outline.why_kept(shot, generations) if generations else "",
    }
    return render(request, "studio/shot_form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def shot_delete(request: HttpRequest, slug: str, shot_id: int) -> HttpResponse:
    """Delete a shot for which nothing was ever ordered. Whoever only looks is led to where that is asked."""
    shot = shot_for(request.user, slug, shot_id, Role.ARTIST)
    if request.method == "GET":
        return redirect(f"{reverse('studio:shot-edit', args=[slug, shot_id])}#delete-section")
    label = shot.label
    try:
        outline.delete(shot, request.user)
    except outline.HistoryError as error:
        messages.error(request, str(error))
        return redirect("studio:shot-edit", slug, shot_id)
    messages.success(request, f"Shot {label} is deleted.")
    return redirect(f"{shot.scene.project.get_absolute_url()}#scene-{shot.scene_id}")


@require_POST
def shot_move(request: HttpRequest, slug: str, shot_id: int) -> HttpResponse:
    """Move a shot one place earlier or later in its scene, or to a place."""
    shot = shot_for(request.user, slug, shot_id, Role.ARTIST)
    to_place(request, shot)
    return redirect(f"{shot.scene.project.get_absolute_url()}#shot-{shot.pk}")
