"""The addresses of the activity. Included in `page_urls`."""

from django.urls import URLPattern, path

from studio.views import activity

urlpatterns: list[URLPattern] = [
    path("<slug:slug>/activity/", activity.project_activity, name="project-activity"),
    path("<slug:slug>/shots/<int:shot_id>/activity/", activity.shot_activity, name="shot-activity"),
]
