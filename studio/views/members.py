"""The team of a project: who is on it, as what; producers add people and change that."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from studio import team
from studio.forms.team import ROLE_WORDS, InvitationForm, MemberForm, RoleForm
from studio.models import Invitation, Membership, Project, Role
from studio.permissions import project_for
from studio.views.frames import frame


@require_http_methods(["GET", "POST"])
def project_members(request: HttpRequest, slug: str) -> HttpResponse:
    """Everybody on the team; a producer adds somebody whom they work with already."""
    is_post = request.method == "POST"
    project = project_for(request.user, slug, Role.PRODUCER if is_post else Role.VIEWER)
    if not is_post:
        return team_page(request, project)
    form = MemberForm(request.POST, colleagues=team.colleagues(project, request.user))
    if form.is_valid():
        name, role = form.cleaned_data["username"].get_username(), Role(form.cleaned_data["role"])
        try:
            membership = team.add_member(project, name, role, request.user)
        except team.TeamError as error:
            form.add_error("username", str(error))
        else:
            messages.success(request, f"{membership.user} is on the team.")
            return redirect("studio:project-members", slug)
    return team_page(request, project, member_form=form)


def team_page(
    request: HttpRequest,
    project: Project,
    *,
    member_form: MemberForm | None = None,
    invitation_form: InvitationForm | None = None,
) -> HttpResponse:
    """The team, with the forms of a producer; a form that is given is one that was refused."""
    context = frame(request, project, "project-members") | {
        "members": [(member, f"remove-{member.pk}") for member in _members(project)],
        "roles": Role.choices,
        "role_words": list(ROLE_WORDS.values()),
    }
    if context["may_manage"]:
        colleagues = team.colleagues(project, request.user)
        context |= {
            "form": member_form or invitation_form,
            "member_form": member_form or MemberForm(colleagues=colleagues),
            "invitation_form": invitation_form or InvitationForm(),
            "has_colleagues": colleagues.exists(),
            "invitations": [(each, f"revoke-{each.pk}") for each in _waiting(project)],
        }
    is_refused = bool(member_form or invitation_form)
    return render(request, "studio/project_members.html", context, status=422 if is_refused else 200)


def _waiting(project: Project) -> QuerySet[Invitation]:
    return Invitation.objects.filter(project=project).waiting().order_by("id")


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
        team.change_role(membership, Role(form.cleaned_data["role"]), request.user)
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
        team.remove_member(membership, request.user)
    except team.TeamError as error:
        messages.error(request, str(error))
        return redirect("studio:project-members", slug)
    messages.success(request, f"{membership.user} is off the team. What they made stays.")
    is_own = membership.user_id == request.user.pk
    return redirect("studio:project-list") if is_own else redirect("studio:project-members", slug)
