"""The addresses of the shot page: takes, media and the live stream. Included in `page_urls`."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
