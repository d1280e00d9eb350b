"""The addresses of the pages, in the namespace "studio". What stands where a slug could is in `slugs`."""

from django.urls import path

from studio import shot_urls
from studio.views import (
    batches,
    budgets,
    imports,
    mails,
    members,
    operations,
    projects,
    scenes,
    shots,
    spend,
    spend_exports,
    storyboards,
)

app_name = "studio"
urlpatterns = [
    path("", projects.project_list, name="project-list"),
    path("new/", projects.project_create, name="project-create"),
    path("ops/", operations.operations, name="operations"),
    path("ops/<int:generation_id>/retry/", operations.order_once_more, name="operations-retry"),
    path("ops/<int:generation_id>/give-up/", operations.lay_aside, name="operations-give-up"),
    path("ops/<int:generation_id>/decide/", operations.decide, name="operations-decide"),
    path("ops/<int:generation_id>/cancel/", operations.cancel, name="operations-cancel"),
    path("mails/", mails.mail_list, name="mail-list"),
    path("mails/<str:name>/", mails.mail_detail, name="mail-detail"),
    path("mails/<str:name>/html/", mails.mail_html, name="mail-html"),
    path("<slug:slug>/", storyboards.project_detail, name="project-detail"),
    path("<slug:slug>/edit/", projects.project_edit, name="project-edit"),
    path("<slug:slug>/fallbacks/", projects.project_fallbacks, name="project-fallbacks"),
    path("<slug:slug>/spend/", spend.project_spend, name="project-spend"),
    path("<slug:slug>/spend/export.csv", spend_exports.spend_export, name="spend-export"),
    path("<slug:slug>/budget/", budgets.project_budget, name="project-budget"),
    path("<slug:slug>/members/", members.project_members, name="project-members"),
    path("<slug:slug>/members/<int:membership_id>/role/", members.member_role, name="member-role"),
    path("<slug:slug>/members/<int:membership_id>/remove/", members.member_remove, name="member-remove"),
    path("<slug:slug>/import/", imports.shot_import, name="shot-import"),
    path("<slug:slug>/generate/", batches.project_generate, name="project-generate"),
    path("<slug:slug>/scenes/new/", scenes.scene_create, name="scene-create"),
    path("<slug:slug>/scenes/<int:scene_id>/", scenes.scene_edit, name="scene-edit"),
    path("<slug:slug>/scenes/<int:scene_id>/delete/", scenes.scene_delete, name="scene-delete"),
    path("<slug:slug>/scenes/<int:scene_id>/move/", scenes.scene_move, name="scene-move"),
    path(
        "<slug:slug>/scenes/<int:scene_id>/strips/<int:number>/", storyboards.scene_strip, name="scene-strip"
    ),
    path("<slug:slug>/summary/", storyboards.project_summary, name="project-summary"),
    path("<slug:slug>/scenes/<int:scene_id>/generate/", batches.scene_generate, name="scene-generate"),
    path("<slug:slug>/scenes/<int:scene_id>/shots/new/", shots.shot_create, name="shot-create"),
    path("<slug:slug>/shots/<int:shot_id>/edit/", shots.shot_edit, name="shot-edit"),
    path("<slug:slug>/shots/<int:shot_id>/delete/", shots.shot_delete, name="shot-delete"),
    path("<slug:slug>/shots/<int:shot_id>/move/", shots.shot_move, name="shot-move"),
    path("<slug:slug>/shots/<int:shot_id>/card/", storyboards.shot_card, name="shot-card"),
    *shot_urls.urlpatterns,
]
