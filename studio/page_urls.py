"""The addresses of the pages, in the namespace "studio". What stands where a slug could is in `slugs`."""

from django.urls import path

from studio import shot_urls
from studio.views import projects

app_name = "studio"
urlpatterns = [
    path("", projects.project_list, name="project-list"),
    *shot_urls.urlpatterns,
]
