"""The addresses of notices. Included in `page_urls`."""

from django.urls import URLPattern, path

from studio.views import notices

urlpatterns: list[URLPattern] = [
    path("notices/", notices.notice_list, name="notice-list"),
    path("notices/bell/", notices.notice_bell, name="notice-bell"),
    path("notices/read/", notices.notice_read, name="notice-read"),
    path("notices/choices/", notices.notice_choices, name="notice-choices"),
    path("notices/<int:notice_id>/", notices.notice_open, name="notice-open"),
]
