"""The addresses of a project's draft and final models. Included in `page_urls`."""

from django.urls import URLPattern, path

from studio.views import profiles

urlpatterns: list[URLPattern] = [
    path("<slug:slug>/profiles/", profiles.project_profiles, name="project-profiles"),
    path("<slug:slug>/profiles/switch/", profiles.project_switch, name="project-switch"),
]
