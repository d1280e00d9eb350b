"""The addresses of what is done on the storyboard itself. Included in `page_urls`."""

from django.urls import URLPattern, path

from studio.views import boards, selections, shot_words

_BOARD = "<slug:slug>/board"

urlpatterns: list[URLPattern] = [
    path(f"{_BOARD}/order/", boards.board_order, name="board-order"),
    path(f"{_BOARD}/selection/", selections.board_selection, name="board-selection"),
    path(f"{_BOARD}/density/", boards.board_density, name="board-density"),
    path(f"{_BOARD}/filters/", boards.filter_save, name="filter-save"),
    path(f"{_BOARD}/filters/<int:filter_id>/delete/", boards.filter_delete, name="filter-delete"),
    path("<slug:slug>/shots/<int:shot_id>/words/", shot_words.shot_words, name="shot-words"),
]
