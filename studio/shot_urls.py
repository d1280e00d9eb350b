"""The addresses of the shot page: takes, media and the live stream. Included in `page_urls`."""

from django.urls import URLPattern, path

from studio.views import kept_orders, live, media, shot_page, takes

_SHOT, _TAKE = "<slug:slug>/shots/<int:shot_id>", "<slug:slug>/takes/<int:take_id>"

urlpatterns: list[URLPattern] = [
    path("<slug:slug>/live/", live.project_live, name="project-live"),
    path("<slug:slug>/media/<int:output_id>/", media.media_output, name="media-output"),
    path("<slug:slug>/media/<int:output_id>/poster/", media.media_poster, name="media-poster"),
    path("<slug:slug>/media/<int:output_id>/blurred/", media.media_blurred, name="media-blurred"),
    path("<slug:slug>/uploads/<int:upload_id>/", media.upload_file, name="upload-file"),
    path("<slug:slug>/uploads/<int:upload_id>/poster/", media.upload_poster, name="upload-poster"),
    path(f"{_SHOT}/", shot_page.shot_detail, name="shot-detail"),
    path(f"{_SHOT}/parameters/", shot_page.shot_parameters, name="shot-parameters"),
    path(f"{_SHOT}/estimate/", shot_page.shot_estimate, name="shot-estimate"),
    path(f"{_SHOT}/generate/", shot_page.shot_generate, name="shot-generate"),
    path(f"{_SHOT}/save/", shot_page.shot_save, name="shot-save"),
    path(f"{_SHOT}/follow/", shot_page.shot_follow, name="shot-follow"),
    path("<slug:slug>/kept/<int:kept_id>/drop/", kept_orders.kept_order_drop, name="kept-order-drop"),
    path(f"{_SHOT}/upload/", takes.shot_upload, name="shot-upload"),
    path(f"{_SHOT}/takes/", takes.take_list, name="take-list"),
    path(f"{_TAKE}/", takes.take_detail, name="take-detail"),
    path(f"{_TAKE}/tile/", takes.take_tile, name="take-tile"),
    path(f"{_TAKE}/circle/", takes.take_circle, name="take-circle"),
    path(f"{_TAKE}/uncircle/", takes.take_uncircle, name="take-uncircle"),
    path(f"{_TAKE}/open/<int:output_id>/", takes.take_open, name="take-open"),
    path(f"{_TAKE}/retry/", takes.take_retry, name="take-retry"),
    path(f"{_TAKE}/cancel/", takes.take_cancel, name="take-cancel"),
]
