"""The admin has no door of its own: whoever wants in signs in like everybody, with the code where there is one."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse


def guard() -> None:
    """Send the admin's own sign-in and change of password to the pages that count tries. Called at start."""
    site = admin.site
    site.login = login_not_required(secure_admin_login(site.login))  # type: ignore[method-assign]
    site.password_change = _to_password_change  # type: ignore[method-assign, assignment]


def _to_password_change(request: HttpRequest, **_: object) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("account_change_password"))
