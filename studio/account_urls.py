"""The addresses of sign-in and of one's own account: the parts of django-allauth that the house uses."""

from allauth.account import views as account
from allauth.usersessions.views import list_usersessions
from django.urls import URLPattern, URLResolver, include, path
from django.views.decorators.http import require_POST

from studio.views.account import account_page, mail_address

_sign_out = require_POST(account.logout)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", account_page, name="account"),
    path("login/", account.login, name="login"),
    path("login/", account.login, name="account_login"),
    path("logout/", _sign_out, name="logout"),
    path("logout/", _sign_out, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("email/", mail_address, name="account_email"),
    path("confirm-email/<str:key>/", account.confirm_email, name="account_confirm_email"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/sent/", account.password_reset_done, name="account_reset_password_done"),
    path(
        "password/reset/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path(
        "password/reset/<slug:uidb36>/<str:key>/",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("sessions/", list_usersessions, name="usersessions_list"),
    path("2fa/", include("allauth.mfa.urls")),
]
