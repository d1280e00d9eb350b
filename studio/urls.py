"""All addresses of the site."""

from django.contrib import admin
from django.urls import include, path

from studio.views.health import healthz, livez
from studio.views.metrics import metrics

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("studio.account_urls")),
    path("healthz", healthz, name="healthz"),
    path("livez", livez, name="livez"),
    path("metrics", metrics, name="metrics"),
    path("webhooks/", include("generation.urls", namespace="generation")),
    path("", include("studio.page_urls", namespace="studio")),
]
