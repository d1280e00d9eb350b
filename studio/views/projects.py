"""Projects: the list, a new one, its settings."""

from collections.abc import Sequence

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import IntegrityError
from django.forms import BaseFormSet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from studio import project_cards, projects, retention_words
from studio.forms.fallbacks import fallback_rows
from studio.forms.profiles import ProfileForm, profile_forms
from studio.forms.projects import NewProjectForm, ProjectForm
from studio.models import Project, Role
from studio.permissions import may_start_projects, project_for
from studio.profiles import typical
from studio.views.following import followed
from studio.views.frames import frame

A_PAGE = 48
"""Projects on one page of the list."""


@require_GET
def project_list(request: HttpRequest) -> HttpResponse:
    """The projects that the user is a member of, the newest first; `?archived=1` shows those put away."""
    archived = "archived" in request.GET
    chosen = project_cards.chosen_projects(request.user, archived=archived)
    page = Paginator(chosen, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "cards": project_cards.project_cards(page),
        "page": page,
        "archived": archived,
        "archived_count": project_cards.archived_count(request.user),
        "may_start": may_start_projects(request.user),
        "section": "projects",
    }
    return followed(request, "studio/project_list.html", context)


@require_http_methods(["GET", "POST"])
def project_create(request: HttpRequest) -> HttpResponse:
    """Start a project; whoever starts it is its producer."""
    if not may_start_projects(request.user):
        raise PermissionDenied(
            "A new project opens a budget that is paid with the studio's own keys. "
            "Whoever runs the studio can allow you to start projects, in the admin."
        )
    form = NewProjectForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            project = projects.create_project(by=request.user, **form.cleaned_data)
        except IntegrityError:
            # Somebody took the short name between our look and our write.
            form.add_error("slug", "This short name has just been taken. Choose another.")
        else:
            messages.success(request, f"{project.name} is ready. Add a scene, or import a shot list.")
            return redirect(project)
    context = {"form": form, "section": "projects"}
    return render(request, "studio/project_create.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def project_edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Change a project's name, shape and default models, or put it away."""
    project = project_for(request.user, slug, Role.PRODUCER)
    form = ProjectForm(request.POST if request.method == "POST" else None, instance=project)
    if request.method == "POST" and form.is_valid():
        saved = form.save(commit=False)
        projects.save_settings(saved, request.user, form.changed_data)
        changed = retention_words.outlook(saved) if "keep_days" in form.changed_data else ""
        messages.success(request, f"The settings are saved. {changed}".rstrip())
        return redirect(project)
    return settings_page(request, project, form, fallback_rows(project))


@require_POST
def project_fallbacks(request: HttpRequest, slug: str) -> HttpResponse:
    """Say what may stand in for a model that is down; on the page of the settings."""
    project = project_for(request.user, slug, Role.PRODUCER)
    rows = fallback_rows(project, request.POST)
    if rows.is_valid():
        rows.save(project, request.user)
        messages.success(request, "The fallbacks are saved.")
        return redirect("studio:project-edit", project.slug)
    return settings_page(request, project, ProjectForm(instance=project), rows)


def settings_page(
    request: HttpRequest,
    project: Project,
    form: ProjectForm,
    rows: BaseFormSet,
    models: Sequence[ProfileForm] = (),
) -> HttpResponse:
    """The page of the settings, with what was wrong in one of its forms."""
    kept = Project.objects.get(pk=project.pk)  # a form that was refused has written its values on the other
    context = frame(request, project, "project-edit") | {
        "form": form,
        "rows": rows,
        "profiles": list(zip(models or profile_forms(kept), typical(kept), strict=True)),
        "outlook_words": retention_words.outlook(kept),
    }
    is_wrong = any(each.errors for each in models)
    is_refused = bool(form.errors) or is_wrong or (rows.is_bound and not rows.is_valid())
    return render(request, "studio/project_edit.html", context, status=422 if is_refused else 200)
