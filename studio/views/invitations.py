"""Invitations: producers send, repeat and take them back; whoever holds a link accepts."""

from allauth.account.utils import perform_login
from allauth.decorators import rate_limit
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from studio.forms.account import NewAccountForm
from studio.forms.team import InvitationForm
from studio.models import Invitation, Role
from studio.people import invitations
from studio.permissions import invitation_by, invitation_for, project_for
from studio.team import TeamError
from studio.views.members import team_page


@require_POST
def invitation_create(request: HttpRequest, slug: str) -> HttpResponse:
    """Invite an address."""
    project = project_for(request.user, slug, Role.PRODUCER)
    form = InvitationForm(request.POST)
    if form.is_valid():
        address, role = form.cleaned_data["address"], Role(form.cleaned_data["role"])
        try:
            made = invitations.invite(project, address, role, request.user)
        except TeamError as error:
            form.add_error("address", str(error))
        else:
            messages.success(request, f"The invitation to {made.address} is on its way.")
            return redirect("studio:project-members", slug)
    return team_page(request, project, invitation_form=form)


@require_POST
def invitation_again(request: HttpRequest, slug: str, invitation_id: int) -> HttpResponse:
    """Mail an invitation once more, with a new link."""
    found = invitation_for(request.user, slug, invitation_id)
    try:
        invitations.send_again(found)
    except TeamError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"A new link to {found.address} is on its way. The old one is void.")
    return redirect("studio:project-members", slug)


@require_POST
def invitation_revoke(request: HttpRequest, slug: str, invitation_id: int) -> HttpResponse:
    """Take an invitation back."""
    found = invitation_for(request.user, slug, invitation_id)
    try:
        invitations.revoke(found, request.user)
    except TeamError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"The invitation to {found.address} is taken back.")
    return redirect("studio:project-members", slug)


@login_not_required
@sensitive_post_parameters("password1", "password2")
@never_cache
@rate_limit(action="signup")
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponseBase:
    """What the link of the mail leads to: accept as who one is, or make an account."""
    found = invitation_by(token)
    if found is None:
        return render(request, "account/invitation_void.html", status=404)
    if request.user.is_authenticated:
        return _as_who_one_is(request, found)
    return _with_a_new_account(request, found)


def _as_who_one_is(request: HttpRequest, found: Invitation) -> HttpResponse:
    if request.method != "POST":
        return render(request, "account/invitation.html", {"invitation": found})
    try:
        invitations.accept(found, request.user)
    except TeamError as error:
        messages.error(request, str(error))
        return redirect("studio:project-list")
    return redirect(found.project)


def _with_a_new_account(request: HttpRequest, found: Invitation) -> HttpResponseBase:
    form = NewAccountForm(request.POST or None, address=found.address)
    if request.method == "POST" and form.is_valid():
        try:
            invitations.accept_with_account(found, form.instance)
        except TeamError as error:
            form.add_error(None, str(error))
        else:
            answer: HttpResponseBase = perform_login(
                request, form.instance, redirect_url=found.project.get_absolute_url()
            )
            return answer
    context = {"invitation": found, "form": form, "has_account": invitations.has_account(found)}
    return render(request, "account/invitation.html", context, status=422 if form.errors else 200)
