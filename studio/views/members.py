"""The team of a project: who is on it, as what; producers add people and change that."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from studio import team
from studio.forms.team import ROLE_WORDS, MemberForm, RoleForm
from studio.models import Membership, Project, Role
from studio.permissions import project_for
from studio.views.frames import frame


@require_http_methods(["GET", "POST"])
def project_members(request: HttpRequest, slug: str) -> HttpResponse:
    """Everybody on the team; a producer adds somebody who can already sign in."""
    is_post = request.method == "POST"
    project = project_for(request.user, slug, Role.PRODUCER if is_post else Role.VIEWER)
    form = MemberForm(request.POST if request.method == "POST" else None)
    if is_post and form.is_valid():
        try:
            membership = team.add_member(
                project, form.cleaned_data["username"], Role(form.cleaned_data["role"])
            )
        except team.TeamError as error:
            form.add_error("username", str(error))
        else:
            messages.success(request, f"{membership.user} is on the team.")
            return redirect("studio:project-members", slug)
    context = frame(request, project, "project-members") | {
        "form": form,
        "members": [(member, f"remove-{member.pk}") for member in _members(project)],
        "roles": Role.choices,
        "role_words": list(ROLE_WORDS.values()),
    }
    return render(request, "studio/project_members.html", context, status=422 if form.errors else 200)


def _members(project: Project) -> QuerySet[Membership]:
    return project.memberships.select_related("user").order_by("id")


@require_POST
def member_role(request: HttpRequest, slug: str, membership_id: int) -> HttpResponse:
    """Give a member another role."""
    project = project_for(request.user, slug, Role.PRODUCER)
    membership = get_object_or_404(Membership, pk=membership_id, project=project)
    form = RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, "That is no role. Choose one from the list.")
        return redirect("studio:project-members", slug)
    try:
        team.change_role(membership, Role(form.cleaned_data["role"]))
    except team.TeamError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{membership.user} is now {membership.get_role_display().lower()}.")
    return redirect("studio:project-members", slug)


@require_POST
def member_remove(request: HttpRequest, slug: str, membership_id: int) -> HttpResponse:
    """Take somebody off the team."""
    project = project_for(request.user, slug, Role.PRODUCER)
    membership = get_object_or_404(Membership, pk=membership_id, project=project)
    try:
        team.remove_member(membership)
    except team.TeamError as error:
        messages.error(request, str(error))
        return redirect("studio:project-members", slug)
    messages.success(request, f"{membership.user} is off the team. What they made stays.")
    is_own = membership.user_id == request.user.pk
    return redirect("studio:project-list") if is_own else redirect("studio:project-members", slug)
