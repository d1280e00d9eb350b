"""Scenes: a new one, its words, its place, its end."""

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from studio import outline
from studio.forms.script import SceneForm
from studio.models import Role
from studio.permissions import project_for, scene_for
from studio.views.frames import frame
from studio.views.places import to_place


@require_http_methods(["GET", "POST"])
def scene_create(request: HttpRequest, slug: str) -> HttpResponse:
    """Add a scene at the end."""
    project = project_for(request.user, slug, Role.ARTIST)
    form = SceneForm(request.POST if request.method == "POST" else None, project=project)
    if request.method == "POST" and form.is_valid():
        try:
            scene = outline.add_scene(project, request.user, **form.cleaned_data)
        except IntegrityError:
            form.add_error("number", "This number has just been taken. Choose another.")
        else:
            messages.success(request, f"Scene {scene.number} is added.")
            return redirect(f"{project.get_absolute_url()}#scene-{scene.pk}")
    context = frame(request, project, "project-detail") | {"form": form, "title": "New scene"}
    return render(request, "studio/scene_form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def scene_edit(request: HttpRequest, slug: str, scene_id: int) -> HttpResponse:
    """Change a scene's number, title and description."""
    scene = scene_for(request.user, slug, scene_id, Role.ARTIST)
    form = SceneForm(
        request.POST if request.method == "POST" else None, instance=scene, project=scene.project
    )
    if request.method == "POST" and form.is_valid():
        outline.change(form.save(commit=False), request.user, form.changed_data)
        messages.success(request, f"Scene {scene.number} is saved.")
        return redirect(f"{scene.project.get_absolute_url()}#scene-{scene.pk}")
    generations = outline.generations_of(scene)
    context = frame(request, scene.project, "project-detail") | {
        "form": form,
        "scene": scene,
        "title": f"Scene {form.initial['number']}",
        "shot_count": scene.shots.count(),
        "why_kept": outline.why_kept(scene, generations) if generations else "",
    }
    return render(request, "studio/scene_form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def scene_delete(request: HttpRequest, slug: str, scene_id: int) -> HttpResponse:
    """Delete a scene for which nothing was ever ordered. Whoever only looks is led to where that is asked."""
    scene = scene_for(request.user, slug, scene_id, Role.ARTIST)
    if request.method == "GET":
        return redirect(f"{reverse('studio:scene-edit', args=[slug, scene_id])}#delete-section")
    try:
        outline.delete(scene, request.user)
    except outline.HistoryError as error:
        messages.error(request, str(error))
        return redirect("studio:scene-edit", slug, scene_id)
    messages.success(request, f"Scene {scene.number} is deleted.")
    return redirect(scene.project)


@require_POST
def scene_move(request: HttpRequest, slug: str, scene_id: int) -> HttpResponse:
    """Move a scene one place up or down, or to a place."""
    scene = scene_for(request.user, slug, scene_id, Role.ARTIST)
    to_place(request, scene)
    return redirect(f"{scene.project.get_absolute_url()}#scene-{scene.pk}")
