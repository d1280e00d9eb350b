"""The addresses of invitations. Included in `page_urls`, before what begins with a slug."""

from django.urls import URLPattern, path

from studio.views import invitations

urlpatterns: list[URLPattern] = [
    path("invitations/<str:token>/", invitations.invitation, name="invitation"),
    path("<slug:slug>/invitations/", invitations.invitation_create, name="invitation-create"),
    path(
        "<slug:slug>/invitations/<int:invitation_id>/again/",
        invitations.invitation_again,
        name="invitation-again",
    ),
    path(
        "<slug:slug>/invitations/<int:invitation_id>/revoke/",
        invitations.invitation_revoke,
        name="invitation-revoke",
    ),
]
