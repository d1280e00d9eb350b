"""The addresses of the shot page: takes, media and the live stream. Included in `page_urls`."""

from django.urls import URLPattern, path

from studio.views import live, media

urlpatterns: list[URLPattern] = [
    path("<slug:slug>/live/", live.project_live, name="project-live"),
    path("<slug:slug>/media/<int:output_id>/", media.media_output, name="media-output"),
    path("<slug:slug>/media/<int:output_id>/poster/", media.media_poster, name="media-poster"),
    path("<slug:slug>/uploads/<int:upload_id>/", media.upload_file, name="upload-file"),
    path("<slug:slug>/uploads/<int:upload_id>/poster/", media.upload_poster, name="upload-poster"),
]
