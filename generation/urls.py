"""Addresses of generation: only the door for providers' calls."""

from django.urls import path

from generation import webhooks

app_name = "generation"
urlpatterns = [
    path("<slug:provider>/<uuid:key>/<str:token>/", webhooks.receive, name="webhook"),
]
