"""The addresses of the takes beside each other. Included in `page_urls`."""

from django.urls import URLPattern, path

from studio.views import side_by_side

_SHOT = "<slug:slug>/shots/<int:shot_id>"

urlpatterns: list[URLPattern] = [
    path(f"{_SHOT}/compare/", side_by_side.shot_compare, name="shot-compare"),
    path(f"{_SHOT}/compare/circle/", side_by_side.compare_circle, name="compare-circle"),
]
