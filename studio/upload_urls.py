"""The addresses of a project's own files. Included in `page_urls`."""

from django.urls import URLPattern, path

from studio.views import uploads

urlpatterns: list[URLPattern] = [
    path("<slug:slug>/uploads/", uploads.project_uploads, name="project-uploads"),
    path("<slug:slug>/uploads/<int:upload_id>/use/", uploads.upload_use, name="upload-use"),
]
