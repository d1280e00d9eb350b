"""The addresses of review. Included in `page_urls`."""

from django.urls import URLPattern, path

from studio.views import review_sessions, reviews

_TAKE, _COMMENT = "<slug:slug>/takes/<int:take_id>", "<slug:slug>/comments/<int:comment_id>"

# Before the addresses that begin with a project's slug.
of_everybody: list[URLPattern] = [
    path("review/", review_sessions.review_inbox, name="review-inbox"),
    path("review/session/", review_sessions.inbox_session, name="review-session"),
]
urlpatterns: list[URLPattern] = [
    path("<slug:slug>/review/", review_sessions.project_review, name="project-review"),
    path("<slug:slug>/scenes/<int:scene_id>/review/", review_sessions.scene_review, name="scene-review"),
    path(f"{_TAKE}/review/", reviews.take_review, name="take-review"),
    path(f"{_TAKE}/talk/", reviews.take_talk, name="take-talk"),
    path(f"{_TAKE}/comments/", reviews.comment_create, name="comment-create"),
    path(f"{_TAKE}/verdict/", reviews.take_verdict, name="take-verdict"),
    path(f"{_TAKE}/choice/", reviews.review_circle, name="review-circle"),
    path(f"{_TAKE}/stars/", reviews.take_stars, name="take-stars"),
    path(f"{_COMMENT}/reply/", reviews.comment_reply, name="comment-reply"),
    path(f"{_COMMENT}/edit/", reviews.comment_edit, name="comment-edit"),
    path(f"{_COMMENT}/resolve/", reviews.comment_resolve, name="comment-resolve"),
]
