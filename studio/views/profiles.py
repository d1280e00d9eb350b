"""The draft and the final models of a project: chosen by its producer, switched by whoever orders takes."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from studio import profiles
from studio.forms.fallbacks import fallback_rows
from studio.forms.profiles import profile_forms
from studio.forms.projects import ProjectForm
from studio.models import ProfileKind, Role
from studio.permissions import project_for
from studio.views.projects import settings_page


@require_POST
def project_profiles(request: HttpRequest, slug: str) -> HttpResponse:
    """Say which models make drafts and which the final takes; on the page of the settings."""
    project = project_for(request.user, slug, Role.PRODUCER)
    forms = profile_forms(project, request.POST)
    are_valid = [form.is_valid() for form in forms]  # both, so that each says what is wrong
    if all(are_valid):
        profiles.save(project, [form.save(commit=False) for form in forms], request.user)
        messages.success(request, "The draft and final models are saved.")
        return redirect("studio:project-edit", project.slug)
    rows = fallback_rows(project)
    return settings_page(request, project, ProjectForm(instance=project), rows, forms)


@require_POST
def project_switch(request: HttpRequest, slug: str) -> HttpResponse:
    """Make shots with the draft or the final models from now on. Orders nothing."""
    project = project_for(request.user, slug, Role.ARTIST)
    kind = request.POST.get("profile", "")
    if kind not in ProfileKind.values:
        messages.error(request, "Choose the draft or the final models.")
    elif profiles.switch(project, ProfileKind(kind), request.user):
        label = ProfileKind(kind).label.lower()
        messages.success(
            request, f"Shots are made with the {label} models from now on, if they have none of their own."
        )
    back = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
    return redirect(back if is_ours and back.startswith(f"/{slug}/") else project)
