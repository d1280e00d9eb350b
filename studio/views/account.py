"""One's own account: the name, and the way to mail address, password, second factor and sessions."""

from allauth.account import views as account
from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from studio.forms.account import NameForm
from studio.people import addresses


@require_http_methods(["GET", "POST"])
def account_page(request: HttpRequest) -> HttpResponse:
    """What the studio knows of the signed-in person, and how they sign in."""
    form = NameForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Your name is saved.")
        return redirect("account")
    context = {
        "form": form,
        "has_second_factor": is_mfa_enabled(request.user),
        "session_count": UserSession.objects.filter(user_id=request.user.pk).count(),
    }
    return render(request, "account/account.html", context, status=422 if form.errors else 200)


def mail_address(request: HttpRequest) -> HttpResponseBase:
    """The mail address; another counts once it is confirmed."""
    addresses.believe(request.user)
    answer: HttpResponseBase = account.email(request)
    return answer
