"""The addresses of a shot's words and of what is made from a take. Included in `page_urls`."""

from django.urls import URLPattern, path

from studio.views import prompts, take_uses

_PROMPTS = "<slug:slug>/shots/<int:shot_id>/prompts"

urlpatterns: list[URLPattern] = [
    path(f"{_PROMPTS}/", prompts.prompt_history, name="prompt-history"),
    path(f"{_PROMPTS}/<int:number>/restore/", prompts.prompt_restore, name="prompt-restore"),
    path("<slug:slug>/takes/<int:take_id>/refine/", take_uses.take_refine, name="take-refine"),
]
